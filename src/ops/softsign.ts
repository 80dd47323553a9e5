import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = input/(1 + |input|). */
export const Softsign: Op<"input", "output"> = {
  name: "Softsign",
  since: [1, 22],
  traits: { elementwise: true, squashes: { low: -1, high: 1 } },
  accepts: "floats",
  inputs: { input: one },
  outputs: { output: one },
  attrs: {},
  infer: likeFirst,
  evaluate: (c) => mapUnary(c, (x) => x / (1 + Math.abs(x))),
  // input̄ = output̄/(1 + |input|)²
  vjp: ({ b, x, g }) => ({ input: b.div(g.output, b.square(b.shift(b.op("Abs", [x.input]), 1))) }),
  examples: [{ name: "plain", inputs: [floats([3, 4], { awayFromZero: 0.1 })] }],
};
