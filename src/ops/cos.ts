import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = cos input. */
export const Cos: Op<"input", "output"> = {
  name: "Cos",
  since: [7, 22],
  traits: { elementwise: true },
  accepts: "floats",
  inputs: { input: one },
  outputs: { output: one },
  attrs: {},
  infer: likeFirst,
  evaluate: (c) => mapUnary(c, Math.cos),
  // input̄ = −output̄·sin input
  vjp: ({ b, x, g }) => ({ input: b.neg(b.mul(g.output, b.op("Sin", [x.input]))) }),
  examples: [
    { name: "plain", inputs: [floats([3, 4], { low: -4, high: 4 })] },
    { name: "scalar", inputs: [floats([])] },
  ],
};
