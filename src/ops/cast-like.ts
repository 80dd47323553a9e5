import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = input as the element type of target_type. */
export const CastLike: Op<"input" | "target_type", "output"> = {
  name: "CastLike",
  since: [15, 19, 21, 23, 24, 25],
  traits: { elementwise: true, casts: true },
  inputs: { input: one, target_type: one },
  outputs: { output: one },
  attrs: { saturate: { kind: "int", default: 1 }, round_mode: { kind: "string", default: "up" } },
  decompose: ({ b, x }) => [b.cast(x.input, b.dtype(x.target_type))],
  examples: [
    { name: "to int64", inputs: [floats([3], { values: [1.5, -2.5, 3] }), { dtype: "int64", shape: [1], values: [0] }] },
    { name: "the same type", inputs: [floats([2, 2]), floats([1], { constant: true })] },
  ],
};
