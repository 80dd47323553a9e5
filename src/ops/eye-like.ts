import type { ValueType } from "../graph/tensor.js";
import { result } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { InferContext, Op } from "./op.js";
import type { Tensor } from "../graph/tensor.js";

/** output = 1 on the diagonal column − row = k of a matrix of the input's shape, 0 elsewhere. */
export const EyeLike: Op<"input", "output"> = {
  name: "EyeLike",
  since: [9, 22],
  inputs: { input: one },
  outputs: { output: one },
  attrs: { dtype: { kind: "dtype" }, k: { kind: "int", default: 0 } },
  infer: (c) => [typeOf(c)],
  fold: (c) => [eye(typeOf(c), c.attrs.int("k"))],
  evaluate: (c) => [eye(c.out[0]!, c.attrs.int("k"))],
  vjp: { zero: "its output depends on the shape of its input alone" },
  examples: [
    { name: "same type", inputs: [floats([3, 4])] },
    { name: "above, as integers", inputs: [floats([3, 3])], attrs: { k: 1, dtype: "int64" } },
    { name: "below", inputs: [floats([3, 2])], attrs: { k: -2 } },
  ],
};

function typeOf(c: InferContext<"input">): ValueType {
  const { dtype, shape } = c.type("input");
  if (shape.length !== 2) c.fail("its input is not a matrix");
  return { dtype: c.attrs.optionalDtype("dtype") ?? dtype, shape };
}

function eye(type: ValueType, k: number): Tensor {
  const out = result(type);
  const [rows, columns] = type.shape as [number, number];
  for (let i = Math.max(0, -k); i < rows && i + k < columns; i++) out.data[i * columns + i + k] = 1;
  return out;
}
