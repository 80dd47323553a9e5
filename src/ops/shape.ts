import { int64s } from "../graph/tensor.js";
import type { ValueType } from "../graph/tensor.js";
import type { AttrReader } from "./attrs.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** shape = the dims of data from `start` to `end`, as a 1-D int64 tensor. */
export const Shape: Op<"data", "shape"> = {
  name: "Shape",
  since: [1, 13, 15, 19, 21, 23, 24, 25],
  inputs: { data: one },
  outputs: { shape: one },
  attrs: { start: { kind: "int", default: 0, wide: true }, end: { kind: "int", wide: true } },
  infer: (c) => [{ dtype: "int64", shape: [dims(c.type("data"), c.attrs).length] }],
  fold: (c) => [int64s(dims(c.type("data"), c.attrs))],
  evaluate: (c) => [int64s(dims(c.x.data, c.attrs))],
  vjp: { zero: "its output is an integer" },
  examples: [
    { name: "whole", inputs: [floats([2, 3, 4])] },
    { name: "part", inputs: [floats([2, 3, 4])], attrs: { start: -2, end: 3 } },
  ],
};

const dims = (t: ValueType, attrs: AttrReader): readonly number[] => t.shape.slice(attrs.int("start"), attrs.optionalInt("end"));
