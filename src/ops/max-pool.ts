import { sizeOf } from "../graph/tensor.js";
import { result } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { scatterAlong } from "./shared/placing.js";
import { inferPool, poolOf, windowMaxima } from "./shared/pool.js";
import { WINDOW_ATTRS } from "./shared/window.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/** Y = the largest X of each window, Indices = its flat position in X; the gradient goes to the first of equal maxima, as in PyTorch. */
export const MaxPool: Op<"X", "Y" | "Indices"> = {
  name: "MaxPool",
  since: [1, 8, 10, 11, 12, 22],
  traits: { pools: "extremum", costly: true },
  accepts: "pixels",
  inputs: { X: one },
  outputs: { Y: one, Indices: optional },
  attrs: {
    ...WINDOW_ATTRS,
    kernel_shape: { kind: "ints", required: true },
    ceil_mode: { kind: "flag", default: 0 },
    storage_order: { kind: "flag", default: 0 },
  },
  infer: (c) => {
    const y = inferPool(c);
    return [y, { dtype: "int64", shape: y.shape }];
  },
  evaluate: (c) => {
    const { X } = c.x;
    const y = result(c.out[0]!);
    const indices = result({ dtype: "int64", shape: y.shape });
    windowMaxima(poolOf(c.attrs, X.shape), X.data, y.data, indices.data);
    if (c.attrs.flag("storage_order")) columnMajor(indices.data, X.shape.slice(2));
    return [y, indices];
  },
  // X̄ = Ȳ added at the positions of the maxima.
  // onnxruntime's kernel takes 20 times as long with Indices as without (64×112×112, 3×3 stride 2, batch 4: 19 ms of processor time against 0.9),
  // so they are made here, not in the forward pass; adding takes 5. A comparison of Y with each tap costs more.
  vjp: ({ b, attrs, node, x, ys, g }) => {
    const shape = b.shape(x.X);
    const own = (ys[1] ?? "") !== "" && !attrs.flag("storage_order") ? ys[1]! : undefined;
    const { storage_order: _, ...rest } = node.attrs;
    const indices = own ?? b.ops("MaxPool", [x.X], rest, { outputs: 2 })[1]!;
    const count = sizeOf(b.shape(g.Y));
    return { X: b.reshape(scatterAlong(b, b.reshape(g.Y, [count]), 0, b.reshape(indices, [count]), 1, sizeOf(shape)), shape) };
  },
  examples: [
    { name: "2×2", inputs: [floats([1, 2, 4, 4])], attrs: { kernel_shape: [2, 2], strides: [2, 2] } },
    { name: "3×3 stride 2 with padding", inputs: [floats([2, 2, 5, 6])], attrs: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] } },
    { name: "overlapping", inputs: [floats([1, 2, 4, 4])], attrs: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] } },
    { name: "indices", inputs: [floats([2, 2, 4, 5])], attrs: { kernel_shape: [2, 3], strides: [2, 1] }, outputs: 2 },
    { name: "column-major indices", inputs: [floats([2, 2, 4, 5])], attrs: { kernel_shape: [2, 3], storage_order: 1 }, outputs: 2 },
    { name: "ceil_mode", inputs: [floats([1, 2, 6, 5])], attrs: { kernel_shape: [3, 2], strides: [2, 2], ceil_mode: 1 } },
    {
      name: "ceil_mode with padding",
      inputs: [floats([1, 2, 6, 4])],
      attrs: { kernel_shape: [3, 2], strides: [2, 3], pads: [1, 1, 1, 1], ceil_mode: 1 },
    },
    { name: "dilation", inputs: [floats([1, 2, 6, 7])], attrs: { kernel_shape: [2, 3], dilations: [3, 2], strides: [1, 2], pads: [1, 0, 0, 2] } },
    { name: "SAME_UPPER", inputs: [floats([1, 2, 5, 4])], attrs: { kernel_shape: [2, 3], strides: [2, 1], auto_pad: "SAME_UPPER" } },
    { name: "SAME_LOWER", inputs: [floats([1, 2, 5, 4])], attrs: { kernel_shape: [2, 2], strides: [1, 2], auto_pad: "SAME_LOWER" } },
    { name: "VALID", inputs: [floats([1, 2, 5, 4])], attrs: { kernel_shape: [2, 2], strides: [2, 2], auto_pad: "VALID" } },
    { name: "1-D", inputs: [floats([2, 2, 7])], attrs: { kernel_shape: [3], strides: [2], pads: [1, 1] } },
    { name: "3-D", inputs: [floats([1, 2, 3, 4, 3])], attrs: { kernel_shape: [2, 2, 2], strides: [1, 2, 1] }, outputs: 2 },
  ],
};

/** Rewrites row-major positions within each plane as column-major ones: the first spatial axis runs fastest. */
function columnMajor(indices: { readonly length: number; [i: number]: number }, spatial: readonly number[]): void {
  const plane = sizeOf(spatial);
  for (let i = 0; i < indices.length; i++) {
    let rest = indices[i]! % plane;
    const base = indices[i]! - rest;
    let at = 0;
    for (let d = spatial.length - 1; d >= 0; d--) {
      at += (rest % spatial[d]!) * sizeOf(spatial.slice(0, d));
      rest = Math.floor(rest / spatial[d]!);
    }
    indices[i] = base + at;
  }
}
