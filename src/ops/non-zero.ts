import { stridesOf, tensor } from "../graph/tensor.js";
import { bools, floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = the coordinates of the nonzero elements of X, one column each; X must be known before the run, for the shape of Y depends on it. */
export const NonZero: Op<"X", "Y"> = {
  name: "NonZero",
  since: [9, 13],
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {},
  decompose: ({ b, constant }) => {
    const x = constant("X");
    const found = Array.from(x.data.keys()).filter((i) => x.data[i] !== 0);
    const strides = stridesOf(x.shape);
    const rows = x.shape.flatMap((d, axis) => found.map((i) => Math.floor(i / strides[axis]!) % d));
    return [b.constant(tensor("int64", [x.shape.length, found.length], rows))];
  },
  examples: [
    { name: "matrix", inputs: [floats([2, 3], { values: [0, 1, -2, 3, 0, 0], constant: true })] },
    { name: "mask", inputs: [{ ...bools([1, 0, 1]), constant: true }] },
    { name: "nothing", inputs: [floats([2], { values: [0, 0], constant: true })] },
  ],
};
