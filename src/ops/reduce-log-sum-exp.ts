import { floats, ints } from "./shared/examples.js";
import { inFloat, reductionAttrs, reductionParts, upgradeReduction } from "./shared/reduction.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/** reduced = ln Σ exp(data) over `axes`, without overflow. */
export const ReduceLogSumExp: Op<"data" | "axes", "reduced"> = {
  name: "ReduceLogSumExp",
  since: [1, 11, 13, 18],
  inputs: { data: one, axes: optional },
  outputs: { reduced: one },
  attrs: reductionAttrs,
  upgrade: upgradeReduction,
  decompose: (c) => {
    const { b, x } = c;
    const { axes, shape } = reductionParts(c);
    return [
      inFloat(b, x.data, (v) => {
        // ln Σ exp(v) = k + ln Σ exp(v − k) for every k; a piecewise constant k near the maximum carries no derivative.
        const limit = b.dtype(v) === "float32" ? 3.4028234663852886e38 : Number.MAX_VALUE;
        const k = b.op("Clip", [b.op("Floor", [b.reduceMax(v, axes)]), b.scalar(-limit, v), b.scalar(limit, v)]);
        return b.reshape(b.add(b.log(b.reduceSum(b.exp(b.sub(v, k)), axes)), k), shape);
      }),
    ];
  },
  examples: [
    { name: "all axes", inputs: [floats([2, 3])], attrs: { keepdims: 0 } },
    { name: "one axis", inputs: [floats([2, 3, 4]), ints([1])] },
    { name: "outer axes dropped", inputs: [floats([2, 3, 4]), ints([0, -1])], attrs: { keepdims: 0 } },
    { name: "no axes", inputs: [floats([2, 3]), ints([])], attrs: { noop_with_empty_axes: 1 } },
    { name: "far", inputs: [floats([2, 3], { values: [1000, 999, -1000, -700, -701, -703] }), ints([1])] },
    { name: "masked out", inputs: [floats([2, 3], { values: [-Infinity, 0, 1, 3, 2, 1] }), ints([1])] },
  ],
};
