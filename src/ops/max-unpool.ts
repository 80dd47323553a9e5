import { formatType, sizeOf } from "../graph/tensor.js";
import { floats, ints } from "./shared/examples.js";
import { perAxis } from "./shared/window.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/** output = zeros with X at the flat positions I, which a MaxPool gave. */
export const MaxUnpool: Op<"X" | "I" | "output_shape", "output"> = {
  name: "MaxUnpool",
  since: [9, 11, 22],
  traits: { moves: "fills" },
  inputs: { X: one, I: one, output_shape: optional },
  outputs: { output: one },
  attrs: { kernel_shape: { kind: "ints", required: true }, pads: { kind: "ints" }, strides: { kind: "ints" } },
  decompose: ({ b, x, attrs, has, constant, fail }) => {
    const shape = b.shape(x.X);
    const kernel = attrs.ints("kernel_shape");
    const rank = shape.length - 2;
    if (rank < 1 || kernel.length !== rank) return fail("its kernel does not fit its input", { received: formatType(b.type(x.X)) });
    const strides = perAxis(attrs, "strides", rank, 1, 1, fail);
    const pads = perAxis(attrs, "pads", 2 * rank, 0, 0, fail);
    const natural = [...shape.slice(0, 2), ...kernel.map((k, i) => (shape[i + 2]! - 1) * strides[i]! + k - pads[i]! - pads[rank + i]!)];
    const out = has("output_shape") ? Array.from(constant("output_shape").data) : natural;
    const count = sizeOf(shape);
    const flat = b.op("ScatterElements", [
      b.full(0, { dtype: b.dtype(x.X), shape: [sizeOf(out)] }),
      b.reshape(x.I, [count]),
      b.reshape(x.X, [count]),
    ]);
    return [b.reshape(flat, out)];
  },
  examples: [
    { name: "2×2", inputs: [floats([1, 1, 2, 2]), ints([0, 7, 9, 14], [1, 1, 2, 2])], attrs: { kernel_shape: [2, 2], strides: [2, 2] } },
    {
      name: "two channels, padding",
      inputs: [floats([1, 2, 3]), ints([0, 2, 3, 5, 6, 9], [1, 2, 3])],
      attrs: { kernel_shape: [3], strides: [2], pads: [1, 1] },
    },
    {
      name: "output_shape",
      inputs: [floats([1, 1, 2, 2]), ints([5, 7, 13, 15], [1, 1, 2, 2]), ints([1, 1, 5, 5])],
      attrs: { kernel_shape: [2, 2], strides: [2, 2] },
    },
  ],
};
