import { likeFirst, normalizeAxis, result } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { aroundAxis } from "./shared/indexing.js";
import { upgradeSoftmax } from "./shared/softmax.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = 1 at the first largest element along `axis`, 0 elsewhere. */
export const Hardmax: Op<"input", "output"> = {
  name: "Hardmax",
  since: [1, 11, 13],
  accepts: "floats",
  inputs: { input: one },
  outputs: { output: one },
  attrs: { axis: { kind: "int", default: -1 } },
  upgrade: upgradeSoftmax,
  infer: likeFirst,
  evaluate: (c) => {
    const x = c.x.input;
    const [outer, size, inner] = aroundAxis(x.shape, normalizeAxis(c.attrs.int("axis"), x.shape.length, c.node.op));
    const out = result(c.out[0]!);
    for (let o = 0; o < outer && size > 0; o++) {
      for (let j = 0; j < inner; j++) {
        let best = 0;
        for (let i = 1; i < size; i++) if (x.data[(o * size + i) * inner + j]! > x.data[(o * size + best) * inner + j]!) best = i;
        out.data[(o * size + best) * inner + j] = 1;
      }
    }
    return [out];
  },
  vjp: { zero: "piecewise constant" },
  examples: [
    { name: "last axis", inputs: [floats([3, 4])] },
    { name: "middle axis", inputs: [floats([2, 3, 2])], attrs: { axis: 1 } },
    { name: "ties", inputs: [floats([4], { values: [1, 2, 2, 0] })], attrs: { axis: 0 } },
  ],
};
