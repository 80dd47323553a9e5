import { formatType } from "../graph/tensor.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output[n, (i·s + j)·C + c, y, x] = input[n, c, y·s + i, x·s + j], of blocks s×s; in mode CRD it is channel c·s² + i·s + j. */
export const SpaceToDepth: Op<"input", "output"> = {
  name: "SpaceToDepth",
  since: [1, 13, 28],
  traits: { moves: "rearranges" },
  inputs: { input: one },
  outputs: { output: one },
  attrs: { blocksize: { kind: "int", required: true }, mode: { kind: "string", default: "DCR", oneOf: ["DCR", "CRD"] } },
  decompose: ({ b, x, attrs, fail }) => {
    const s = attrs.int("blocksize");
    const [n, channels, h, w, ...more] = b.shape(x.input) as [number, number, number, number];
    if (w === undefined || more.length > 0 || s < 1 || h % s !== 0 || w % s !== 0)
      return fail(`blocks of ${s}×${s} do not fit its input`, { received: formatType(b.type(x.input)) });
    const blocks = b.transpose(
      b.reshape(x.input, [n, channels, h / s, s, w / s, s]),
      attrs.string("mode") === "DCR" ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4],
    );
    return [b.reshape(blocks, [n, channels * s * s, h / s, w / s])];
  },
  examples: [
    { name: "2×2 blocks", inputs: [floats([2, 3, 4, 2])], attrs: { blocksize: 2 } },
    { name: "3×3 blocks", inputs: [floats([1, 2, 3, 6])], attrs: { blocksize: 3 } },
    { name: "channels first", inputs: [floats([1, 2, 4, 2])], attrs: { blocksize: 2, mode: "CRD" }, withoutRuntime: "it is of opset 28" },
  ],
};
