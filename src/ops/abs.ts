import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = |X|. The derivative at 0 is 0. */
export const Abs: Op<"X", "Y"> = {
  name: "Abs",
  since: [6, 13],
  traits: { elementwise: true },
  accepts: "numbers",
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {},
  infer: likeFirst,
  evaluate: (c) => mapUnary(c, Math.abs),
  // X̄ = Ȳ·sign X
  vjp: ({ b, x, g }) => ({ X: b.mul(g.Y, b.op("Sign", [x.X])) }),
  examples: [{ name: "plain", inputs: [floats([3, 4], { awayFromZero: 0.1 })] }],
};
