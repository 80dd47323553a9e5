import { likeFirst, normalizeAxis, result } from "./shared/elementwise.js";
import { floats, ints } from "./shared/examples.js";
import { aroundAxis } from "./shared/indexing.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** yᵢ = Σ x up to and with element i along `axis`; without element i if exclusive; from the end if reverse. */
export const CumSum: Op<"x" | "axis", "y"> = {
  name: "CumSum",
  since: [11, 14],
  accepts: "wide",
  inputs: { x: one, axis: { list: { scalar: true, int32: true } } },
  outputs: { y: one },
  attrs: { exclusive: { kind: "flag", default: 0 }, reverse: { kind: "flag", default: 0 } },
  infer: likeFirst,
  evaluate: (c) => {
    const x = c.x.x;
    const [outer, size, inner] = aroundAxis(x.shape, normalizeAxis(c.x.axis.data[0]!, x.shape.length, c.node.op));
    const out = result(c.out[0]!);
    const [exclusive, reverse] = [c.attrs.flag("exclusive"), c.attrs.flag("reverse")];
    for (let o = 0; o < outer; o++) {
      for (let j = 0; j < inner; j++) {
        let sum = 0;
        for (let i = 0; i < size; i++) {
          const at = (o * size + (reverse ? size - 1 - i : i)) * inner + j;
          const before = sum;
          sum += x.data[at]!;
          out.data[at] = exclusive ? before : sum;
        }
      }
    }
    return [out];
  },
  // x̄ = CumSum of ȳ from the other end
  vjp: ({ b, attrs, x, g }) => ({
    x: b.op("CumSum", [g.y, x.axis], { exclusive: attrs.int("exclusive"), reverse: attrs.flag("reverse") ? 0 : 1 }),
  }),
  examples: [
    { name: "plain", inputs: [floats([2, 4]), ints([1], [])] },
    { name: "exclusive", inputs: [floats([2, 4, 3]), ints([-2], [])], attrs: { exclusive: 1 } },
    { name: "reverse", inputs: [floats([5]), ints([0], [])], attrs: { reverse: 1 } },
    { name: "both", inputs: [floats([3, 2]), { dtype: "int32", shape: [1], values: [0] }], attrs: { exclusive: 1, reverse: 1 } },
  ],
};
