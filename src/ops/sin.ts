import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = sin input. */
export const Sin: Op<"input", "output"> = {
  name: "Sin",
  since: [7, 22],
  traits: { elementwise: true },
  accepts: "floats",
  inputs: { input: one },
  outputs: { output: one },
  attrs: {},
  infer: likeFirst,
  evaluate: (c) => mapUnary(c, Math.sin),
  // input̄ = output̄·cos input
  vjp: ({ b, x, g }) => ({ input: b.mul(g.output, b.op("Cos", [x.input])) }),
  examples: [
    { name: "plain", inputs: [floats([3, 4], { low: -4, high: 4 })] },
    { name: "scalar", inputs: [floats([])] },
  ],
};
