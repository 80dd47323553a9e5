import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = ln(1 + eˣ). */
export const Softplus: Op<"X", "Y"> = {
  name: "Softplus",
  since: [1, 22],
  traits: { elementwise: true },
  accepts: "floats",
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {},
  infer: likeFirst,
  evaluate: (c) => mapUnary(c, (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  // X̄ = Ȳ·σ(X)
  vjp: ({ b, x, g }) => ({ X: b.mul(g.Y, b.op("Sigmoid", [x.X])) }),
  examples: [
    { name: "plain", inputs: [floats([3, 4])] },
    { name: "large", inputs: [floats([4], { values: [-1000, -30, 30, 1000] })] },
  ],
};
