import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = arctan input. */
export const Atan: Op<"input", "output"> = {
  name: "Atan",
  since: [7, 22],
  traits: { elementwise: true },
  accepts: "floats",
  inputs: { input: one },
  outputs: { output: one },
  attrs: {},
  infer: likeFirst,
  evaluate: (c) => mapUnary(c, Math.atan),
  // input̄ = output̄/(1 + input²)
  vjp: ({ b, x, g }) => ({ input: b.div(g.output, b.shift(b.square(x.input), 1)) }),
  examples: [{ name: "plain", inputs: [floats([3, 4], { low: -5, high: 5 })] }],
};
