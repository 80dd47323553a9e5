import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = sinh input. */
export const Sinh: Op<"input", "output"> = {
  name: "Sinh",
  since: [9, 22],
  traits: { elementwise: true, overflows: true },
  accepts: "floats",
  inputs: { input: one },
  outputs: { output: one },
  attrs: {},
  infer: likeFirst,
  evaluate: (c) => mapUnary(c, Math.sinh),
  // input̄ = output̄·cosh input
  vjp: ({ b, x, g }) => ({ input: b.mul(g.output, b.op("Cosh", [x.input])) }),
  examples: [{ name: "plain", inputs: [floats([3, 4])] }],
};
