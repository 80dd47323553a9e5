import { composedExamples } from "./shared/reduce-examples.js";
import { composedReduction } from "./shared/reduce-family.js";
import type { Op } from "./op.js";

/** reduced = ln Σ data over `axes`. */
export const ReduceLogSum: Op<"data" | "axes", "reduced"> = composedReduction({
  name: "ReduceLogSum",
  pools: "other",
  traits: { steep: true, positive: true },
  accepts: "wide",
  inFloat: true,
  body: ({ b, data, axes, keep }) => b.log(b.reduceSum(data, axes, keep)),
  examples: composedExamples({ low: 0.5, high: 2 }),
});
