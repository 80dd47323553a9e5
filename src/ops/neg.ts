import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = −X. */
export const Neg: Op<"X", "Y"> = {
  name: "Neg",
  since: [6, 13],
  traits: { elementwise: true, arithmetic: "negative" },
  accepts: "signed",
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {},
  infer: likeFirst,
  evaluate: (c) => mapUnary(c, (x) => -x),
  // X̄ = −Ȳ
  vjp: ({ b, g }) => ({ X: b.neg(g.Y) }),
  examples: [{ name: "plain", inputs: [floats([3, 4])] }],
};
