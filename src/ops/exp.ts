import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = eˣ. */
export const Exp: Op<"X", "Y"> = {
  name: "Exp",
  since: [6, 13],
  traits: { elementwise: true, overflows: true },
  accepts: "floats",
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {},
  infer: likeFirst,
  evaluate: (c) => mapUnary(c, Math.exp),
  // X̄ = Ȳ·Y
  vjp: ({ b, y, g }) => ({ X: b.mul(g.Y, y.Y) }),
  examples: [{ name: "plain", inputs: [floats([3, 4])] }],
};
