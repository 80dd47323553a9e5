import { floats, ints } from "./shared/examples.js";
import { inFloat, reductionAttrs, reductionParts, upgradeReduction } from "./shared/reduction.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/** reduced = ln Σ data over `axes`. */
export const ReduceLogSum: Op<"data" | "axes", "reduced"> = {
  name: "ReduceLogSum",
  since: [1, 11, 13, 18],
  inputs: { data: one, axes: optional },
  outputs: { reduced: one },
  attrs: reductionAttrs,
  upgrade: upgradeReduction,
  decompose: (c) => {
    const { b, x } = c;
    const { axes, keep } = reductionParts(c);
    return [inFloat(b, x.data, (v) => b.log(b.reduceSum(v, axes, keep)))];
  },
  examples: [
    { name: "all axes", inputs: [floats([2, 3], { low: 0.5, high: 2 })], attrs: { keepdims: 0 } },
    { name: "one axis", inputs: [floats([2, 3, 4], { low: 0.5, high: 2 }), ints([1])] },
    { name: "outer axes dropped", inputs: [floats([2, 3, 4], { low: 0.5, high: 2 }), ints([0, -1])], attrs: { keepdims: 0 } },
    { name: "no axes", inputs: [floats([2, 3], { low: 0.5, high: 2 }), ints([])], attrs: { noop_with_empty_axes: 1 } },
  ],
};
