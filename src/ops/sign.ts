import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = −1, 0 or 1 by the sign of input. */
export const Sign: Op<"input", "output"> = {
  name: "Sign",
  since: [9, 13],
  traits: { elementwise: true },
  accepts: "numbers",
  inputs: { input: one },
  outputs: { output: one },
  attrs: {},
  infer: likeFirst,
  evaluate: (c) => mapUnary(c, Math.sign),
  vjp: { zero: "piecewise constant" },
  examples: [{ name: "plain", inputs: [floats([5], { values: [-2, -0.5, 0, 0.5, 3] })] }],
};
