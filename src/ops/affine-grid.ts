import { formatType, sizeOf, tensor } from "../graph/tensor.js";
import { tapsOf } from "./shared/window.js";
import { floats, ints } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** grid[n, p] = theta[n]·(p, 1) for the normalised coordinates p of every pixel, from the last axis to the first: the grid of GridSample. */
export const AffineGrid: Op<"theta" | "size", "grid"> = {
  name: "AffineGrid",
  since: [20],
  inputs: { theta: one, size: one },
  outputs: { grid: one },
  attrs: { align_corners: { kind: "flag", default: 0 } },
  decompose: ({ b, x, attrs, constant, fail }) => {
    const [batch, , ...spatial] = Array.from(constant("size").data) as [number, number, ...number[]];
    const rank = spatial.length;
    if (b.shape(x.theta).join() !== [batch, rank, rank + 1].join())
      return fail("its matrices do not fit its size", { received: formatType(b.type(x.theta)) });
    const aligned = attrs.flag("align_corners");
    const coordinate = (i: number, n: number): number => (aligned ? (n === 1 ? 0 : (2 * i) / (n - 1) - 1) : (2 * i + 1) / n - 1);
    const base = tapsOf(spatial).flatMap((at) => [...at.map((i, axis) => coordinate(i, spatial[axis]!)).reverse(), 1]);
    const pixels = b.constant(tensor(b.dtype(x.theta), [sizeOf(spatial), rank + 1], base));
    return [b.reshape(b.matmul(pixels, b.swap(x.theta)), [batch, ...spatial, rank])];
  },
  examples: [
    { name: "image", inputs: [floats([2, 2, 3]), ints([2, 1, 3, 4])] },
    { name: "aligned", inputs: [floats([1, 2, 3]), ints([1, 3, 2, 3])], attrs: { align_corners: 1 } },
    { name: "volume", inputs: [floats([1, 3, 4]), ints([1, 1, 2, 3, 2])] },
  ],
};
