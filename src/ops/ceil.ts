import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = ⌈X⌉. */
export const Ceil: Op<"X", "Y"> = {
  name: "Ceil",
  since: [6, 13],
  traits: { elementwise: true },
  accepts: "floats",
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {},
  infer: likeFirst,
  evaluate: (c) => mapUnary(c, Math.ceil),
  vjp: { zero: "piecewise constant" },
  examples: [{ name: "plain", inputs: [floats([6], { values: [-1.5, -1, -0.2, 0.2, 1, 1.5] })] }],
};
