import { ints } from "./shared/examples.js";
import { composedExamples } from "./shared/reduce-examples.js";
import { composedReduction } from "./shared/reduce-family.js";
import type { Op } from "./op.js";

/** reduced = Σ data² over `axes`. */
export const ReduceSumSquare: Op<"data" | "axes", "reduced"> = composedReduction({
  name: "ReduceSumSquare",
  pools: "other",
  accepts: "wide",
  body: ({ b, data, axes, keep }) => b.reduceSum(b.square(data), axes, keep),
  examples: [...composedExamples(), { name: "integers", inputs: [ints([3, -1, -4, 2], [2, 2]), ints([0])] }],
});
