import { sizeOf, tensor } from "../graph/tensor.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** size = the number of elements of data, an int64 scalar. */
export const Size: Op<"data", "size"> = {
  name: "Size",
  since: [1, 13, 19, 21, 23, 24, 25],
  inputs: { data: one },
  outputs: { size: one },
  attrs: {},
  infer: () => [{ dtype: "int64", shape: [] }],
  fold: (c) => [tensor("int64", [], [sizeOf(c.type("data").shape)])],
  evaluate: (c) => [tensor("int64", [], [c.x.data.data.length])],
  vjp: { zero: "its output is an integer" },
  examples: [
    { name: "matrix", inputs: [floats([2, 3])] },
    { name: "scalar", inputs: [floats([])] },
  ],
};
