import { mapUnary } from "./shared/elementwise.js";
import { bools } from "./shared/examples.js";
import { inferLogical } from "./shared/logic.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = ¬X of booleans. */
export const Not: Op<"X", "Y"> = {
  name: "Not",
  since: [1],
  traits: { elementwise: true, negates: true },
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {},
  infer: inferLogical,
  evaluate: (c) => mapUnary(c, (x) => 1 - x),
  vjp: { zero: "its output is boolean" },
  examples: [{ name: "plain", inputs: [bools([0, 1, 1], [3, 1])] }],
};
