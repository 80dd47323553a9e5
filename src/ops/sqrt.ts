import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = √X. */
export const Sqrt: Op<"X", "Y"> = {
  name: "Sqrt",
  since: [6, 13],
  traits: { elementwise: true, steep: true, positive: true },
  accepts: "floats",
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {},
  infer: likeFirst,
  evaluate: (c) => mapUnary(c, Math.sqrt),
  // X̄ = Ȳ/(2Y)
  vjp: ({ b, y, g }) => ({ X: b.div(b.scale(g.Y, 0.5), y.Y) }),
  examples: [{ name: "plain", inputs: [floats([3, 4], { low: 0.5, high: 3 })] }],
};
