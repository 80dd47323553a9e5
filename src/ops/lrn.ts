import { sizeOf, tensor } from "../graph/tensor.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = X / (bias + alpha/size·Σ X²)^beta, summed over `size` channels around each (Krizhevsky et al. 2012). */
export const LRN: Op<"X", "Y"> = {
  name: "LRN",
  since: [1, 13],
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {
    alpha: { kind: "float", default: 1e-4 },
    beta: { kind: "float", default: 0.75 },
    bias: { kind: "float", default: 1 },
    size: { kind: "int", required: true },
  },
  // The sum over neighbouring channels is a product with a band matrix of ones: one MatMul forwards, one backwards.
  decompose: ({ b, x, attrs, fail }) => {
    const [batch, channels, ...spatial] = b.shape(x.X);
    const size = attrs.int("size");
    if (batch === undefined || channels === undefined || size < 1) return fail(`its window of ${size} channels does not fit its input`);
    const [before, behind] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
    const band = Float64Array.from({ length: channels * channels }, (_, i) => {
      const [to, from] = [Math.floor(i / channels), i % channels];
      return from >= to - before && from <= to + behind ? 1 : 0;
    });
    const squares = b.reshape(b.square(x.X), [batch, channels, sizeOf(spatial)]);
    const sums = b.matmul(b.constant(tensor(b.dtype(x.X), [channels, channels], band)), squares);
    const scale = b.reshape(b.shift(b.scale(sums, attrs.float("alpha") / size), attrs.float("bias")), b.shape(x.X));
    return [b.mul(x.X, b.exp(b.scale(b.log(scale), -attrs.float("beta"))))];
  },
  examples: [
    { name: "defaults", inputs: [floats([2, 4, 2, 3])], attrs: { size: 3 } },
    { name: "all attributes", inputs: [floats([1, 6, 2, 2])], attrs: { size: 5, alpha: 0.5, beta: 0.6, bias: 2 } },
    {
      name: "even window",
      inputs: [floats([1, 5, 3])],
      attrs: { size: 4, alpha: 0.3 },
      withoutRuntime: "onnxruntime takes odd windows of images only",
    },
  ],
};
