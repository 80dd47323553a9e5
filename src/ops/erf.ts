import { erf } from "../math/erf.js";
import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = erf input = 2/√π · ∫₀ˣ e^(−t²) dt. */
export const Erf: Op<"input", "output"> = {
  name: "Erf",
  since: [9, 13],
  traits: { elementwise: true },
  accepts: "floats",
  inputs: { input: one },
  outputs: { output: one },
  attrs: {},
  infer: likeFirst,
  evaluate: (c) => mapUnary(c, erf),
  // input̄ = output̄·2/√π·exp(−input²)
  vjp: ({ b, x, g }) => ({ input: b.mul(g.output, b.scale(b.exp(b.neg(b.square(x.input))), 2 / Math.sqrt(Math.PI))) }),
  examples: [
    { name: "plain", inputs: [floats([3, 4])] },
    { name: "wide", inputs: [floats([12], { low: -6, high: 6 })] },
  ],
};
