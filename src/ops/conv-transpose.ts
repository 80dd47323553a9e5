import { formatType } from "../graph/tensor.js";
import type { AttrReader } from "./attrs.js";
import { deconvolve } from "./shared/convolve.js";
import type { Convolution } from "./shared/convolve.js";
import { conv, weightGradient } from "./shared/convolution.js";
import { result } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { doubles } from "./shared/gemm.js";
import { WINDOW_ATTRS, extent, perAxis } from "./shared/window.js";
import type { Fail } from "./shared/window.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/** Y[n,o,p·stride + k·dilation − pad] = B[o] + Σ X[n,c,p]·W[c,o,k]: the adjoint of Conv in its input; one to three spatial axes. */
export const ConvTranspose: Op<"X" | "W" | "B", "Y"> = {
  name: "ConvTranspose",
  since: [1, 11, 22],
  traits: { product: { weights: 1 }, convolves: "transposed", costly: true },
  accepts: "floats",
  inputs: { X: one, W: one, B: optional },
  outputs: { Y: one },
  attrs: { ...WINDOW_ATTRS, group: { kind: "int", default: 1 }, output_padding: { kind: "ints" }, output_shape: { kind: "ints" } },
  infer: (c) => {
    const [X, W, B] = [c.type("X"), c.type("W"), c.optional("B")];
    const rank = X.shape.length - 2;
    const received = [X, W, ...(B ? [B] : [])].map(formatType).join(", ");
    if (rank < 1 || rank > 3 || W.shape.length !== X.shape.length)
      return c.fail("its input and weights do not have the same one to three spatial axes", { received });
    if (W.dtype !== X.dtype || (B && B.dtype !== X.dtype)) return c.fail("its inputs have different element types", { received });
    const group = c.attrs.int("group");
    const filters = W.shape[1]! * group;
    const fits = group >= 1 && X.shape[1] === W.shape[0] && X.shape[1]! % group === 0 && (!B || B.shape.join() === String(filters));
    if (!fits) return c.fail(`its channels do not fit its weights in ${group} groups`, { received });
    return [{ dtype: X.dtype, shape: [X.shape[0]!, filters, ...adjointOf(c.attrs, X.shape, W.shape, c.fail).windows.input] }];
  },
  evaluate: (c) => {
    const { X, W, B } = c.x;
    const y = result(c.out[0]!);
    const out = y.data as Float64Array;
    const adjoint = adjointOf(c.attrs, X.shape, W.shape);
    deconvolve(adjoint, doubles(X.data), doubles(W.data), out);
    if (c.has("B")) {
      const plane = out.length / (adjoint.batch * adjoint.channels);
      for (let i = 0; i < out.length; i++) out[i] = out[i]! + B.data[Math.floor(i / plane) % adjoint.channels]!;
    }
    return [y];
  },
  // X̄ = the convolution of Ȳ, W̄ = its weight gradient with X and Ȳ exchanged, B̄ = Σ Ȳ over images and positions
  vjp: ({ b, attrs, x, g, need }) => {
    const c = adjointOf(attrs, b.shape(x.X), b.shape(x.W));
    return {
      X: need("X") ? conv(b, g.Y, x.W, c.windows, c.group) : undefined,
      W: need("W") ? weightGradient(b, c, g.Y, x.X) : undefined,
      B: x.B !== "" && need("B") ? b.reduceSum(g.Y, [0, ...c.windows.kernel.map((_, i) => i + 2)], false) : undefined,
    };
  },
  examples: [
    { name: "plain with bias", inputs: [floats([2, 3, 3, 2]), floats([3, 4, 3, 3]), floats([4])] },
    {
      name: "stride, padding, output padding",
      inputs: [floats([2, 2, 3, 3]), floats([2, 3, 3, 3])],
      attrs: { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 0] },
    },
    { name: "asymmetric padding", inputs: [floats([1, 2, 3, 3]), floats([2, 2, 3, 2])], attrs: { strides: [2, 1], pads: [0, 1, 2, 0] } },
    { name: "dilation", inputs: [floats([1, 2, 3, 3]), floats([2, 2, 2, 3])], attrs: { dilations: [2, 3], strides: [1, 2] } },
    { name: "groups", inputs: [floats([2, 4, 2, 3]), floats([4, 3, 2, 2])], attrs: { group: 2, strides: [2, 2] } },
    { name: "depthwise", inputs: [floats([2, 3, 3, 3]), floats([3, 1, 4, 4])], attrs: { group: 3, strides: [2, 2], pads: [1, 1, 1, 1] } },
    { name: "2×2 upsampling", inputs: [floats([2, 3, 2, 3]), floats([3, 2, 2, 2])], attrs: { strides: [2, 2] } },
    { name: "many channels", inputs: [floats([2, 2, 3, 2]), floats([2, 9, 2, 2])], attrs: { pads: [1, 0, 0, 1] } },
    { name: "1×1", inputs: [floats([2, 3, 2, 2]), floats([3, 2, 1, 1])] },
    { name: "stride beyond the kernel", inputs: [floats([1, 2, 3, 2]), floats([2, 2, 1, 2])], attrs: { strides: [2, 3] } },
    { name: "output_shape", inputs: [floats([1, 2, 3, 3]), floats([2, 2, 4, 4])], attrs: { strides: [2, 2], output_shape: [5, 9] } },
    {
      name: "output_shape, SAME_UPPER",
      inputs: [floats([1, 2, 3, 3]), floats([2, 2, 4, 4])],
      attrs: { strides: [2, 2], output_shape: [5, 7], auto_pad: "SAME_UPPER" },
    },
    { name: "SAME_UPPER", inputs: [floats([1, 2, 3, 3]), floats([2, 2, 3, 4])], attrs: { strides: [2, 2], auto_pad: "SAME_UPPER" } },
    { name: "SAME_LOWER", inputs: [floats([1, 2, 3, 3]), floats([2, 2, 3, 4])], attrs: { strides: [2, 2], auto_pad: "SAME_LOWER" } },
    { name: "VALID", inputs: [floats([1, 1, 2, 2]), floats([1, 2, 2, 2])], attrs: { auto_pad: "VALID" } },
    { name: "1-D", inputs: [floats([2, 2, 4]), floats([2, 3, 4]), floats([3])], attrs: { strides: [2], pads: [1, 1] } },
    { name: "3-D", inputs: [floats([1, 2, 2, 2, 2]), floats([2, 2, 2, 3, 2])], attrs: { strides: [1, 2, 2], output_padding: [0, 1, 0] } },
  ],
};

/** The convolution from Y to X whose adjoint this node is. */
function adjointOf(attrs: AttrReader, x: readonly number[], w: readonly number[], fail?: Fail): Convolution {
  const [output, kernel] = [x.slice(2), w.slice(2)];
  const rank = output.length;
  const declared = attrs.optionalInts("kernel_shape");
  if (fail && declared && declared.join() !== kernel.join())
    fail(`its kernel_shape is [${declared.join(", ")}], its weights have [${kernel.join(", ")}]`);
  const strides = perAxis(attrs, "strides", rank, 1, 1, fail);
  const dilations = perAxis(attrs, "dilations", rank, 1, 1, fail);
  const more = perAxis(attrs, "output_padding", rank, 0, 0, fail);
  const auto = attrs.string("auto_pad");
  const same = auto === "SAME_UPPER" || auto === "SAME_LOWER";
  const asked = attrs.optionalInts("output_shape");
  const shape = asked && asked.length > 0 ? asked.slice(-rank) : undefined;
  const pads = auto === "NOTSET" ? perAxis(attrs, "pads", 2 * rank, 0, 0, fail) : new Array<number>(2 * rank).fill(0);
  const begins = pads.slice(0, rank);
  const input = output.map((n, i) => {
    const whole = (n - 1) * strides[i]! + extent(kernel[i]!, dilations[i]!) + more[i]!;
    if (!shape && !same) return whole - pads[i]! - pads[rank + i]!;
    // onnxruntime does not enlarge the output of auto_pad to stride times the input where the kernel is shorter than the stride.
    const size = shape ? shape[i]! : Math.min(whole, n * strides[i]!);
    const total = Math.max(0, whole - size);
    begins[i] = auto === "SAME_UPPER" ? Math.floor(total / 2) : Math.ceil(total / 2);
    return size;
  });
  if (fail && input.some((d) => d < 1)) fail("its padding leaves no output", { received: `[${input.join(", ")}]` });
  const ends = output.map((n, i) => (n - 1) * strides[i]! + extent(kernel[i]!, dilations[i]!) - input[i]! - begins[i]!);
  const windows = { input, output, kernel, strides, dilations, begins, ends, padded: input };
  return { windows, batch: x[0]!, channels: w[1]! * attrs.int("group"), filters: w[0]!, group: attrs.int("group") };
}
