import { floats, ints } from "./shared/examples.js";
import { reductionAttrs, reductionParts, upgradeReduction } from "./shared/reduction.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/** reduced = Σ |data| over `axes`. The derivative at 0 is 0, as PyTorch has it. */
export const ReduceL1: Op<"data" | "axes", "reduced"> = {
  name: "ReduceL1",
  since: [1, 11, 13, 18],
  inputs: { data: one, axes: optional },
  outputs: { reduced: one },
  attrs: reductionAttrs,
  upgrade: upgradeReduction,
  decompose: (c) => {
    const { b, x } = c;
    const { axes, keep } = reductionParts(c);
    return [b.reduceSum(b.op("Abs", [x.data]), axes, keep)];
  },
  examples: [
    { name: "all axes", inputs: [floats([2, 3], { awayFromZero: 0.1 })], attrs: { keepdims: 0 } },
    { name: "one axis", inputs: [floats([2, 3, 4], { awayFromZero: 0.1 }), ints([1])] },
    { name: "outer axes dropped", inputs: [floats([2, 3, 4], { awayFromZero: 0.1 }), ints([0, -1])], attrs: { keepdims: 0 } },
    { name: "no axes", inputs: [floats([2, 3], { awayFromZero: 0.1 }), ints([])], attrs: { noop_with_empty_axes: 1 } },
    { name: "integers", inputs: [ints([3, -1, -7, 2], [2, 2]), ints([0])] },
  ],
};
