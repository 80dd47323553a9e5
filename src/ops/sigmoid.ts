import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = σ(X) = 1/(1 + e⁻ˣ). */
export const Sigmoid: Op<"X", "Y"> = {
  name: "Sigmoid",
  since: [6, 13],
  traits: { elementwise: true, squashes: { low: 0, high: 1 }, gate: true, probabilities: "each" },
  accepts: "floats",
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {},
  infer: likeFirst,
  evaluate: (c) => mapUnary(c, sigmoid),
  // X̄ = Ȳ·Y·(1 − Y)
  vjp: ({ b, y, g }) => ({ X: b.mul(g.Y, b.mul(y.Y, b.sub(b.scalar(1, y.Y), y.Y))) }),
  examples: [
    { name: "plain", inputs: [floats([3, 4])] },
    { name: "saturated", inputs: [floats([6], { values: [-800, -30, -8, 8, 30, 800] })] },
  ],
};

function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}
