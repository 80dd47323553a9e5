import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = ln X. */
export const Log: Op<"X", "Y"> = {
  name: "Log",
  since: [6, 13],
  traits: { elementwise: true, steep: true, positive: true },
  accepts: "floats",
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {},
  infer: likeFirst,
  evaluate: (c) => mapUnary(c, Math.log),
  // X̄ = Ȳ/X
  vjp: ({ b, x, g }) => ({ X: b.div(g.Y, x.X) }),
  examples: [{ name: "plain", inputs: [floats([3, 4], { low: 0.5, high: 3 })] }],
};
