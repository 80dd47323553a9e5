import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = artanh input, for |input| < 1. */
export const Atanh: Op<"input", "output"> = {
  name: "Atanh",
  since: [9, 22],
  traits: { elementwise: true, steep: true, within: "one" },
  accepts: "floats",
  inputs: { input: one },
  outputs: { output: one },
  attrs: {},
  infer: likeFirst,
  evaluate: (c) => mapUnary(c, Math.atanh),
  // input̄ = output̄/(1 − input²)
  vjp: ({ b, x, g }) => ({ input: b.div(g.output, b.sub(b.scalar(1, x.input), b.square(x.input))) }),
  examples: [{ name: "plain", inputs: [floats([3, 4], { low: -0.9, high: 0.9 })] }],
};
