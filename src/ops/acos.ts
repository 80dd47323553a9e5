import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = arccos input. */
export const Acos: Op<"input", "output"> = {
  name: "Acos",
  since: [7, 22],
  traits: { elementwise: true, steep: true, within: "one" },
  accepts: "floats",
  inputs: { input: one },
  outputs: { output: one },
  attrs: {},
  infer: likeFirst,
  evaluate: (c) => mapUnary(c, Math.acos),
  // input̄ = −output̄/√(1 − input²)
  vjp: ({ b, x, g }) => ({ input: b.neg(b.div(g.output, b.sqrt(b.sub(b.scalar(1, x.input), b.square(x.input))))) }),
  examples: [{ name: "plain", inputs: [floats([3, 4], { low: -0.9, high: 0.9 })] }],
};
