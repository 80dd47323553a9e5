import { floats, ints } from "./shared/examples.js";
import { composedExamples } from "./shared/reduce-examples.js";
import { composedReduction } from "./shared/reduce-family.js";
import type { Op } from "./op.js";

/** reduced = ln Σ exp(data) over `axes`, without overflow. */
export const ReduceLogSumExp: Op<"data" | "axes", "reduced"> = composedReduction({
  name: "ReduceLogSumExp",
  pools: "other",
  accepts: "wide",
  inFloat: true,
  body: ({ b, data, axes, shape }) => {
    // ln Σ exp(v) = k + ln Σ exp(v − k) for every k; a piecewise constant k near the maximum carries no derivative.
    const limit = b.dtype(data) === "float32" ? 3.4028234663852886e38 : Number.MAX_VALUE;
    const k = b.op("Clip", [b.op("Floor", [b.reduceMax(data, axes)]), b.scalar(-limit, data), b.scalar(limit, data)]);
    return b.reshape(b.add(b.log(b.reduceSum(b.exp(b.sub(data, k)), axes)), k), shape);
  },
  examples: [
    ...composedExamples(),
    { name: "far", inputs: [floats([2, 3], { values: [1000, 999, -1000, -700, -701, -703] }), ints([1])] },
    { name: "masked out", inputs: [floats([2, 3], { values: [-Infinity, 0, 1, 3, 2, 1] }), ints([1])] },
  ],
});
