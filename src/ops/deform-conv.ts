import { formatType, sizeOf, tensor } from "../graph/tensor.js";
import { floats } from "./shared/examples.js";
import { samplePoints } from "./shared/sample.js";
import { extent, perAxis, tapsOf } from "./shared/window.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/** Y[n,o,p] = B[o] + Σ mask·X[n,c] read at (p·stride + k·dilation − pad + offset)·W[o,c,k]: a Conv whose taps are moved by `offset`; images only. */
export const DeformConv: Op<"X" | "W" | "offset" | "B" | "mask", "Y"> = {
  name: "DeformConv",
  since: [19, 22],
  traits: { product: { weights: 1 } },
  inputs: { X: one, W: one, offset: one, B: optional, mask: optional },
  outputs: { Y: one },
  attrs: {
    dilations: { kind: "ints" },
    group: { kind: "int", default: 1 },
    kernel_shape: { kind: "ints" },
    offset_group: { kind: "int", default: 1 },
    pads: { kind: "ints" },
    strides: { kind: "ints" },
  },
  decompose: ({ b, x, attrs, has, fail }) => {
    const [batch, channels, ...input] = b.shape(x.X) as [number, number, ...number[]];
    const [filters, perGroup, ...kernel] = b.shape(x.W) as [number, number, ...number[]];
    const [group, movers] = [attrs.int("group"), attrs.int("offset_group")];
    const strides = perAxis(attrs, "strides", 2, 1, 1, fail);
    const dilations = perAxis(attrs, "dilations", 2, 1, 1, fail);
    const pads = perAxis(attrs, "pads", 4, 0, 0, fail);
    const taps = sizeOf(kernel);
    const received = [x.X, x.W, x.offset].map((v) => formatType(b.type(v))).join(", ");
    if (input.length !== 2 || kernel.length !== 2) return fail("only images are supported", { received });
    const output = input.map((n, i) => Math.floor((n + pads[i]! + pads[i + 2]! - extent(kernel[i]!, dilations[i]!)) / strides[i]!) + 1);
    const positions = sizeOf(output);
    const fits =
      channels === perGroup * group &&
      channels % movers === 0 &&
      filters % group === 0 &&
      b.shape(x.offset).join() === [batch, movers * taps * 2, ...output].join();
    if (!fits)
      return fail("its offsets or channels do not fit", { expected: `offsets [${[batch, movers * taps * 2, ...output].join(", ")}]`, received });
    const offsets = b.reshape(x.offset, [batch * movers, taps, 2, positions]);
    const points = [0, 1].map((axis) => {
      const at = tapsOf(kernel).flatMap((k) => tapsOf(output).map((p) => p[axis]! * strides[axis]! + k[axis]! * dilations[axis]! - pads[axis]!));
      const moved = b.add(b.slice(offsets, [axis], [axis + 1], [2]), b.constant(tensor(b.dtype(x.X), [1, taps, 1, positions], at)));
      return b.reshape(moved, [batch * movers, taps * positions]);
    });
    const images = b.reshape(x.X, [batch * movers, channels / movers, ...input]);
    let patches = b.reshape(samplePoints(b, images, points, { mode: "linear", beyond: "zeros", aboutCentres: true }), [
      batch,
      movers,
      channels / movers,
      taps * positions,
    ]);
    if (has("mask")) patches = b.mul(patches, b.reshape(x.mask, [batch, movers, 1, taps * positions]));
    const columns = b.reshape(patches, [batch, group, perGroup * taps, positions]);
    const sums = b.reshape(b.matmul(b.reshape(x.W, [group, filters / group, perGroup * taps]), columns), [batch, filters, ...output]);
    return [has("B") ? b.add(sums, b.reshape(x.B, [filters, 1, 1])) : sums];
  },
  examples: [
    { name: "plain", inputs: [floats([1, 2, 4, 4]), floats([3, 2, 2, 2]), floats([1, 8, 3, 3], { low: 0.1, high: 0.4 })] },
    {
      name: "bias, mask, padding, stride, dilation",
      inputs: [floats([2, 2, 5, 5]), floats([2, 2, 2, 2]), floats([2, 8, 3, 3], { low: -1.4, high: -1.1 }), floats([2]), floats([2, 4, 3, 3])],
      attrs: { pads: [1, 1, 1, 1], strides: [2, 2], dilations: [2, 2] },
    },
    {
      name: "groups",
      inputs: [floats([1, 4, 3, 3]), floats([2, 2, 2, 2]), floats([1, 16, 2, 2], { low: 0.6, high: 0.9 }), null, floats([1, 8, 2, 2])],
      attrs: { group: 2, offset_group: 2 },
    },
  ],
};
