import { result } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { averageAdjoint, inferPool, poolOf, tapCounts, windowSums } from "./shared/pool.js";
import { WINDOW_ATTRS } from "./shared/window.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = the mean of each window of X: of its taps on the input, or with count_include_pad also of those on the padding (zeros). */
export const AveragePool: Op<"X", "Y"> = {
  name: "AveragePool",
  since: [7, 10, 11, 19, 22],
  traits: { pools: "mean", costly: true },
  accepts: "floats",
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {
    ...WINDOW_ATTRS,
    kernel_shape: { kind: "ints", required: true },
    ceil_mode: { kind: "flag", default: 0 },
    count_include_pad: { kind: "flag", default: 0 },
  },
  infer: (c) => [inferPool(c)],
  evaluate: (c) => {
    const y = result(c.out[0]!);
    const windows = poolOf(c.attrs, c.x.X.shape);
    const counts = tapCounts(windows, c.attrs.flag("count_include_pad"));
    windowSums(windows, c.x.X.data, y.data);
    for (let i = 0; i < y.data.length; i++) y.data[i] = y.data[i]! / counts[i % counts.length]!;
    return [y];
  },
  // X̄ = Σ over windows that read X of Ȳ/count
  vjp: ({ b, attrs, x, g }) => ({ X: averageAdjoint(b, poolOf(attrs, b.shape(x.X)), g.Y, attrs.flag("count_include_pad")) }),
  examples: [
    { name: "2×2", inputs: [floats([1, 2, 4, 5])], attrs: { kernel_shape: [2, 2], strides: [2, 2] } },
    { name: "whole map", inputs: [floats([2, 3, 3, 4])], attrs: { kernel_shape: [3, 4] } },
    { name: "3×3 with padding", inputs: [floats([1, 2, 4, 4])], attrs: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] } },
    { name: "padding counted", inputs: [floats([1, 2, 4, 4])], attrs: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 } },
    { name: "stride 2 with padding", inputs: [floats([1, 2, 6, 5])], attrs: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 0, 1, 2] } },
    { name: "windows with gaps", inputs: [floats([1, 2, 6, 5])], attrs: { kernel_shape: [2, 1], strides: [3, 2] } },
    { name: "ceil_mode", inputs: [floats([1, 2, 5, 4])], attrs: { kernel_shape: [2, 3], strides: [2, 2], ceil_mode: 1 } },
    {
      name: "ceil_mode, padding counted",
      inputs: [floats([1, 2, 6, 6])],
      attrs: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 0], ceil_mode: 1, count_include_pad: 1 },
    },
    { name: "dilation", inputs: [floats([1, 2, 6, 7])], attrs: { kernel_shape: [2, 3], dilations: [3, 2], strides: [1, 2], pads: [1, 0, 0, 2] } },
    {
      name: "dilation, padding counted",
      inputs: [floats([1, 2, 7])],
      attrs: { kernel_shape: [2], dilations: [2], strides: [2], pads: [1, 1], ceil_mode: 1, count_include_pad: 1 },
    },
    { name: "SAME_UPPER", inputs: [floats([1, 2, 5, 4])], attrs: { kernel_shape: [2, 3], strides: [2, 1], auto_pad: "SAME_UPPER" } },
    {
      name: "SAME_LOWER, padding counted",
      inputs: [floats([1, 2, 5, 4])],
      attrs: { kernel_shape: [2, 2], auto_pad: "SAME_LOWER", count_include_pad: 1 },
    },
    { name: "VALID", inputs: [floats([1, 2, 5, 4])], attrs: { kernel_shape: [2, 3], auto_pad: "VALID" } },
    { name: "1-D", inputs: [floats([2, 2, 7])], attrs: { kernel_shape: [3], strides: [2], pads: [1, 1] } },
    { name: "3-D", inputs: [floats([1, 2, 3, 4, 3])], attrs: { kernel_shape: [2, 2, 2], strides: [1, 2, 1] } },
  ],
};
