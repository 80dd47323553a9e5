import { formatType, sizeOf } from "../graph/tensor.js";
import type { AttrReader } from "./attrs.js";
import { convolve } from "./shared/convolve.js";
import type { Convolution } from "./shared/convolve.js";
import { inputGradient, weightGradient } from "./shared/convolution.js";
import { result } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { doubles } from "./shared/gemm.js";
import { WINDOW_ATTRS, windowsOf } from "./shared/window.js";
import type { Fail } from "./shared/window.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/** Y[n,o,p] = B[o] + Σ X[n,c,p·stride + k·dilation − pad]·W[o,c,k] over the channels c of o's group and the taps k; one to three spatial axes. */
export const Conv: Op<"X" | "W" | "B", "Y"> = {
  name: "Conv",
  since: [1, 11, 22],
  traits: {
    product: { weights: 1, fanIn: (shape, factor) => (factor === 1 ? sizeOf(shape.slice(1)) : undefined) },
    convolves: "forward",
    costly: true,
  },
  accepts: "floats",
  inputs: { X: one, W: one, B: optional },
  outputs: { Y: one },
  attrs: { ...WINDOW_ATTRS, group: { kind: "int", default: 1 } },
  infer: (c) => {
    const [X, W, B] = [c.type("X"), c.type("W"), c.optional("B")];
    const rank = X.shape.length - 2;
    const received = [X, W, ...(B ? [B] : [])].map(formatType).join(", ");
    if (rank < 1 || rank > 3 || W.shape.length !== X.shape.length)
      return c.fail("its input and weights do not have the same one to three spatial axes", { received });
    if (W.dtype !== X.dtype || (B && B.dtype !== X.dtype)) return c.fail("its inputs have different element types", { received });
    const group = c.attrs.int("group");
    const fits = group >= 1 && X.shape[1] === W.shape[1]! * group && W.shape[0]! % group === 0 && (!B || B.shape.join() === String(W.shape[0]));
    if (!fits) return c.fail(`its channels do not fit its weights in ${group} groups`, { received });
    const { windows } = convolutionOf(c.attrs, X.shape, W.shape, c.fail);
    return [{ dtype: X.dtype, shape: [X.shape[0]!, W.shape[0]!, ...windows.output] }];
  },
  evaluate: (c) => {
    const { X, W, B } = c.x;
    const y = result(c.out[0]!);
    const out = y.data as Float64Array;
    if (c.has("B")) {
      const [filters, windows] = [W.shape[0]!, out.length / (X.shape[0]! * W.shape[0]!)];
      for (let i = 0; i < X.shape[0]! * filters; i++) out.fill(B.data[i % filters]!, i * windows, (i + 1) * windows);
    }
    convolve(convolutionOf(c.attrs, X.shape, W.shape), doubles(X.data), doubles(W.data), out);
    return [y];
  },
  // X̄ = Ȳ convolved with the mirrored kernels, W̄ = Σ Ȳ·X per tap, B̄ = Σ Ȳ over images and windows
  vjp: ({ b, attrs, x, g, need }) => {
    const c = convolutionOf(attrs, b.shape(x.X), b.shape(x.W));
    return {
      X: need("X") ? inputGradient(b, c, g.Y, x.W) : undefined,
      W: !need("W") ? undefined : sizeOf(b.shape(x.X)) === 0 ? b.zerosLike(x.W) : weightGradient(b, c, x.X, g.Y),
      B: x.B !== "" && need("B") ? b.reduceSum(g.Y, [0, ...c.windows.kernel.map((_, i) => i + 2)], false) : undefined,
    };
  },
  examples: [
    { name: "3×3 with padding and bias", inputs: [floats([2, 3, 4, 5]), floats([4, 3, 3, 3]), floats([4])], attrs: { pads: [1, 1, 1, 1] } },
    { name: "product per tap", inputs: [floats([2, 9, 3, 3]), floats([2, 9, 2, 2])], attrs: { pads: [1, 0, 0, 1] } },
    { name: "product per tap, one image", inputs: [floats([1, 10, 4, 3]), floats([2, 10, 2, 2])], attrs: { strides: [2, 1] } },
    { name: "product per tap, groups", inputs: [floats([2, 18, 3, 2]), floats([4, 9, 2, 1])], attrs: { group: 2 } },
    { name: "1×1", inputs: [floats([2, 3, 2, 3]), floats([4, 3, 1, 1])] },
    { name: "1×1, fewer filters, one image", inputs: [floats([1, 4, 3, 3]), floats([2, 4, 1, 1])] },
    { name: "1×1 with stride", inputs: [floats([2, 3, 4, 5]), floats([2, 3, 1, 1])], attrs: { strides: [2, 2] } },
    { name: "stride 2 leaving a rest", inputs: [floats([2, 2, 6, 5]), floats([3, 2, 3, 3])], attrs: { strides: [2, 2], pads: [1, 1, 1, 1] } },
    { name: "dilation", inputs: [floats([1, 2, 6, 6]), floats([2, 2, 3, 2])], attrs: { dilations: [2, 3], pads: [1, 2, 2, 0] } },
    { name: "stride and dilation", inputs: [floats([1, 2, 8, 7]), floats([2, 2, 3, 2])], attrs: { dilations: [2, 3], strides: [2, 3] } },
    { name: "groups", inputs: [floats([2, 4, 3, 3]), floats([6, 2, 2, 2])], attrs: { group: 2 } },
    { name: "depthwise", inputs: [floats([2, 3, 4, 4]), floats([3, 1, 3, 3])], attrs: { group: 3, pads: [1, 1, 1, 1] } },
    {
      name: "depthwise with stride and multiplier",
      inputs: [floats([2, 2, 5, 6]), floats([4, 1, 3, 3])],
      attrs: { group: 2, strides: [2, 2], pads: [1, 1, 1, 1] },
    },
    { name: "patches", inputs: [floats([2, 2, 4, 6]), floats([3, 2, 2, 3])], attrs: { strides: [2, 3] } },
    { name: "patches leaving a rest", inputs: [floats([1, 2, 5, 4]), floats([2, 2, 2, 3])], attrs: { strides: [2, 3], pads: [0, 1, 0, 1] } },
    { name: "one window", inputs: [floats([2, 3, 3, 2]), floats([4, 3, 3, 2])] },
    { name: "many taps", inputs: [floats([2, 2, 6, 6]), floats([2, 2, 5, 5])], attrs: { pads: [2, 2, 2, 2] } },
    { name: "very many taps", inputs: [floats([1, 9, 2, 75]), floats([1, 9, 1, 66])] },
    { name: "SAME_UPPER", inputs: [floats([1, 2, 5, 4]), floats([2, 2, 2, 3])], attrs: { auto_pad: "SAME_UPPER", strides: [2, 1] } },
    { name: "SAME_LOWER", inputs: [floats([1, 2, 5, 4]), floats([2, 2, 2, 3])], attrs: { auto_pad: "SAME_LOWER", strides: [1, 2] } },
    { name: "VALID", inputs: [floats([1, 2, 4, 4]), floats([2, 2, 3, 3])], attrs: { auto_pad: "VALID" } },
    { name: "padding beyond the kernel", inputs: [floats([1, 2, 3, 3]), floats([2, 2, 2, 2])], attrs: { pads: [3, 0, 2, 2] } },
    { name: "1-D", inputs: [floats([2, 2, 7]), floats([3, 2, 3]), floats([3])], attrs: { strides: [2], pads: [1, 0] } },
    { name: "3-D", inputs: [floats([1, 2, 3, 3, 4]), floats([2, 2, 2, 2, 3])], attrs: { pads: [0, 1, 1, 1, 0, 1] } },
  ],
};

function convolutionOf(attrs: AttrReader, x: readonly number[], w: readonly number[], fail?: Fail): Convolution {
  const kernel = w.slice(2);
  const declared = attrs.optionalInts("kernel_shape");
  if (fail && declared && declared.join() !== kernel.join())
    fail(`its kernel_shape is [${declared.join(", ")}], its weights have [${kernel.join(", ")}]`);
  const windows = windowsOf(attrs, x.slice(2), kernel, false, fail);
  return { windows, batch: x[0]!, channels: x[1]!, filters: w[0]!, group: attrs.int("group") };
}
