import { sizeOf } from "../graph/tensor.js";
import { floats } from "./shared/examples.js";
import { poolOf, power, root } from "./shared/pool.js";
import { WINDOW_ATTRS } from "./shared/window.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = (Σ |X|^p over each window)^(1/p); the derivative is 0 where a window holds zeros only. */
export const LpPool: Op<"X", "Y"> = {
  name: "LpPool",
  since: [2, 11, 18, 22],
  traits: { pools: "norm" },
  accepts: "floats",
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {
    ...WINDOW_ATTRS,
    kernel_shape: { kind: "ints", required: true },
    ceil_mode: { kind: "flag", default: 0 },
    p: { kind: "int", default: 2 },
  },
  decompose: ({ b, x, attrs, fail }) => {
    const p = attrs.int("p");
    if (p < 1) fail(`its norm ${p} is not positive`);
    const { kernel, strides, dilations, begins, ends } = poolOf(attrs, b.shape(x.X), fail);
    // Padded first: a mean over windows that lie inside is their sum over the kernel's size.
    const padded = b.pad(power(b, x.X, p), [0, 0, ...begins], [0, 0, ...ends]);
    const means = b.op("AveragePool", [padded], { kernel_shape: kernel, strides, dilations });
    return [root(b, b.scale(means, sizeOf(kernel)), p)];
  },
  examples: [
    { name: "2×2", inputs: [floats([1, 2, 4, 4])], attrs: { kernel_shape: [2, 2], strides: [2, 2] } },
    {
      name: "p 3 with padding",
      inputs: [floats([1, 2, 5, 4], { awayFromZero: 0.1 })],
      attrs: { kernel_shape: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1], p: 3 },
    },
    { name: "p 1", inputs: [floats([1, 2, 4, 4], { awayFromZero: 0.1 })], attrs: { kernel_shape: [2, 2], p: 1 } },
    { name: "p 4", inputs: [floats([1, 2, 4, 4])], attrs: { kernel_shape: [2, 2], p: 4 } },
    { name: "ceil_mode", inputs: [floats([1, 2, 6])], attrs: { kernel_shape: [3], strides: [2], pads: [1, 1], ceil_mode: 1 } },
    { name: "dilation", inputs: [floats([1, 2, 5, 6])], attrs: { kernel_shape: [2, 2], dilations: [2, 3] } },
    { name: "SAME_UPPER", inputs: [floats([1, 2, 5, 4])], attrs: { kernel_shape: [2, 3], strides: [2, 1], auto_pad: "SAME_UPPER" } },
  ],
};
