import { formatType } from "../graph/tensor.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output[n, c, y·s + i, x·s + j] = input[n, (i·s + j)·C + c, y, x] (DCR), or input[n, (c·s + i)·s + j, y, x] (CRD), of blocks s×s. */
export const DepthToSpace: Op<"input", "output"> = {
  name: "DepthToSpace",
  since: [1, 11, 13, 28],
  traits: { moves: "rearranges" },
  inputs: { input: one },
  outputs: { output: one },
  attrs: { blocksize: { kind: "int", required: true }, mode: { kind: "string", default: "DCR", oneOf: ["DCR", "CRD"] } },
  decompose: ({ b, x, attrs, fail }) => {
    const s = attrs.int("blocksize");
    const [n, depth, h, w, ...more] = b.shape(x.input) as [number, number, number, number];
    if (w === undefined || more.length > 0 || s < 1 || depth % (s * s) !== 0)
      return fail(`blocks of ${s}×${s} do not fit its input`, { received: formatType(b.type(x.input)) });
    const channels = depth / (s * s);
    const blocks =
      attrs.string("mode") === "DCR"
        ? b.transpose(b.reshape(x.input, [n, s, s, channels, h, w]), [0, 3, 4, 1, 5, 2])
        : b.transpose(b.reshape(x.input, [n, channels, s, s, h, w]), [0, 1, 4, 2, 5, 3]);
    return [b.reshape(blocks, [n, channels, h * s, w * s])];
  },
  examples: [
    { name: "depth first", inputs: [floats([2, 8, 2, 3])], attrs: { blocksize: 2 } },
    { name: "columns first", inputs: [floats([1, 8, 2, 3])], attrs: { blocksize: 2, mode: "CRD" } },
    { name: "3×3 blocks", inputs: [floats([1, 18, 1, 2])], attrs: { blocksize: 3, mode: "CRD" } },
  ],
};
