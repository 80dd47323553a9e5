import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = arsinh input. */
export const Asinh: Op<"input", "output"> = {
  name: "Asinh",
  since: [9, 22],
  traits: { elementwise: true },
  accepts: "floats",
  inputs: { input: one },
  outputs: { output: one },
  attrs: {},
  infer: likeFirst,
  evaluate: (c) => mapUnary(c, Math.asinh),
  // input̄ = output̄/√(input² + 1)
  vjp: ({ b, x, g }) => ({ input: b.div(g.output, b.sqrt(b.shift(b.square(x.input), 1))) }),
  examples: [{ name: "plain", inputs: [floats([3, 4], { low: -5, high: 5 })] }],
};
