import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = tan input. */
export const Tan: Op<"input", "output"> = {
  name: "Tan",
  since: [7, 22],
  traits: { elementwise: true },
  accepts: "floats",
  inputs: { input: one },
  outputs: { output: one },
  attrs: {},
  infer: likeFirst,
  evaluate: (c) => mapUnary(c, Math.tan),
  // input̄ = output̄·(1 + output²)
  vjp: ({ b, y, g }) => ({ input: b.mul(g.output, b.shift(b.square(y.output), 1)) }),
  examples: [{ name: "plain", inputs: [floats([3, 4], { low: -1.2, high: 1.2 })] }],
};
