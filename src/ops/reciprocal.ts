import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = 1/X. */
export const Reciprocal: Op<"X", "Y"> = {
  name: "Reciprocal",
  since: [6, 13],
  traits: { elementwise: true, steep: true, divides: true },
  accepts: "floats",
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {},
  infer: likeFirst,
  evaluate: (c) => mapUnary(c, (x) => 1 / x),
  // X̄ = −Ȳ·Y²
  vjp: ({ b, y, g }) => ({ X: b.neg(b.mul(g.Y, b.square(y.Y))) }),
  examples: [
    { name: "plain", inputs: [floats([3, 4], { low: 0.5, high: 3 })] },
    { name: "negative", inputs: [floats([2, 3], { low: -3, high: -0.5 })] },
  ],
};
