import { ARGUMENT_ATTRS, argument, inferArgument } from "./shared/argument.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** reduced = the index of the smallest element along `axis`; of several the first, or the last with select_last_index. */
export const ArgMin: Op<"data", "reduced"> = {
  name: "ArgMin",
  since: [1, 11, 12, 13],
  inputs: { data: one },
  outputs: { reduced: one },
  attrs: ARGUMENT_ATTRS,
  infer: inferArgument,
  evaluate: (c) => argument(c, (a, b) => a < b),
  vjp: { zero: "its output is an integer" },
  examples: [
    { name: "first axis", inputs: [floats([3, 4])] },
    { name: "axis dropped", inputs: [floats([2, 3, 4])], attrs: { axis: -2, keepdims: 0 } },
    { name: "ties", inputs: [floats([2, 4], { values: [1, 2, 2, 1, 0, 0, 0, 0] })], attrs: { axis: 1 } },
    { name: "ties, last", inputs: [floats([2, 4], { values: [1, 2, 2, 1, 0, 0, 0, 0] })], attrs: { axis: 1, select_last_index: 1 } },
  ],
};
