import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = tanh X. */
export const Tanh: Op<"input", "output"> = {
  name: "Tanh",
  since: [6, 13],
  traits: { elementwise: true, squashes: { low: -1, high: 1 } },
  accepts: "floats",
  inputs: { input: one },
  outputs: { output: one },
  attrs: {},
  infer: likeFirst,
  evaluate: (c) => mapUnary(c, Math.tanh),
  // X̄ = Ȳ·(1 − Y²)
  vjp: ({ b, y, g }) => ({ input: b.mul(g.output, b.sub(b.scalar(1, y.output), b.square(y.output))) }),
  examples: [{ name: "plain", inputs: [floats([3, 4])] }],
};
