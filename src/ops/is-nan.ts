import { mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = whether X is NaN. */
export const IsNaN: Op<"X", "Y"> = {
  name: "IsNaN",
  since: [9, 13, 20],
  traits: { elementwise: true },
  accepts: "floats",
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {},
  infer: (c) => [{ dtype: "bool", shape: c.type("X").shape }],
  evaluate: (c) => mapUnary(c, (x) => (Number.isNaN(x) ? 1 : 0)),
  vjp: { zero: "its output is boolean" },
  examples: [{ name: "plain", inputs: [floats([2, 2], { values: [NaN, 1, Infinity, -2] })] }],
};
