import { formatType, sizeOf, tensor } from "../graph/tensor.js";
import { convTranspose } from "./shared/convolution.js";
import { floats, ints } from "./shared/examples.js";
import { extent, perAxis } from "./shared/window.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = columns put back into images, summed where blocks overlap: input is [N, C·taps, blocks], output [N, C, image_shape]. */
export const Col2Im: Op<"input" | "image_shape" | "block_shape", "output"> = {
  name: "Col2Im",
  since: [18],
  inputs: { input: one, image_shape: one, block_shape: one },
  outputs: { output: one },
  attrs: { dilations: { kind: "ints" }, pads: { kind: "ints" }, strides: { kind: "ints" } },
  decompose: ({ b, x, attrs, constant, fail }) => {
    const [input, kernel] = [Array.from(constant("image_shape").data), Array.from(constant("block_shape").data)];
    const rank = input.length;
    const dilations = perAxis(attrs, "dilations", rank, 1, 1, fail);
    const strides = perAxis(attrs, "strides", rank, 1, 1, fail);
    const pads = perAxis(attrs, "pads", 2 * rank, 0, 0, fail);
    const begins = pads.slice(0, rank);
    const padded = input.map((n, i) => n + pads[i]! + pads[rank + i]!);
    const output = padded.map((n, i) => Math.floor((n - extent(kernel[i]!, dilations[i]!)) / strides[i]!) + 1);
    const ends = output.map((n, i) => (n - 1) * strides[i]! + extent(kernel[i]!, dilations[i]!) - input[i]! - begins[i]!);
    const taps = sizeOf(kernel);
    const [batch, rows, blocks] = b.shape(x.input) as [number, number, number];
    const received = formatType(b.type(x.input));
    if (kernel.length !== rank || output.some((n) => n < 1) || rows % taps !== 0 || blocks !== sizeOf(output)) {
      return fail(`its blocks [${kernel.join(", ")}] do not tile images [${input.join(", ")}]`, { expected: `${sizeOf(output)} columns`, received });
    }
    const image = [batch, rows / taps, ...input];
    if (kernel.every((k, i) => k === strides[i] && (dilations[i] === 1 || k === 1))) {
      const parts = b.reshape(x.input, [batch, rows / taps, ...kernel, ...output]);
      const order = kernel.flatMap((_, i) => [2 + rank + i, 2 + i]);
      const tiled = b.reshape(b.transpose(parts, [0, 1, ...order]), [batch, rows / taps, ...output.map((n, i) => n * kernel[i]!)]);
      return [b.pad(tiled, [0, 0, ...begins.map((p) => -p)], [0, 0, ...ends.map((p) => -p)])];
    }
    if (rank > 3) return fail("overlapping blocks of more than three axes are not supported", { received });
    // Each tap is a channel whose kernel is 1 at that tap.
    const eye = Float64Array.from({ length: taps * taps }, (_, i) => (i % (taps + 1) === 0 ? 1 : 0));
    const kernels = b.constant(tensor(b.dtype(x.input), [taps, 1, ...kernel], eye));
    const images = b.reshape(x.input, [(batch * rows) / taps, taps, ...output]);
    const windows = { input, output, kernel, strides, dilations, begins, ends, padded };
    return [b.reshape(convTranspose(b, { windows, group: 1 }, images, kernels), image)];
  },
  examples: [
    { name: "overlapping", inputs: [floats([1, 8, 6]), ints([3, 4]), ints([2, 2])] },
    { name: "tiles", inputs: [floats([2, 4, 4]), ints([4, 4]), ints([2, 2])], attrs: { strides: [2, 2] } },
    { name: "tiles with padding", inputs: [floats([1, 8, 6]), ints([3, 5]), ints([2, 2])], attrs: { strides: [2, 2], pads: [1, 0, 0, 1] } },
    {
      name: "stride, dilation, padding",
      inputs: [floats([1, 8, 6]), ints([5, 6]), ints([2, 2])],
      attrs: { strides: [2, 2], dilations: [2, 3], pads: [1, 1, 0, 1] },
    },
    { name: "three axes", inputs: [floats([1, 8, 8]), ints([3, 3, 3]), ints([2, 2, 2])] },
    { name: "a rest that no block reaches", inputs: [floats([1, 4, 4]), ints([6, 5]), ints([2, 2])], attrs: { strides: [3, 2] } },
  ],
};
