import { ints } from "./shared/examples.js";
import { composedExamples } from "./shared/reduce-examples.js";
import { composedReduction } from "./shared/reduce-family.js";
import type { Op } from "./op.js";

/** reduced = Σ |data| over `axes`. The derivative at 0 is 0, as PyTorch has it. */
export const ReduceL1: Op<"data" | "axes", "reduced"> = composedReduction({
  name: "ReduceL1",
  pools: "norm",
  accepts: "wide",
  body: ({ b, data, axes, keep }) => b.reduceSum(b.op("Abs", [data]), axes, keep),
  examples: [...composedExamples({ awayFromZero: 0.1 }), { name: "integers", inputs: [ints([3, -1, -7, 2], [2, 2]), ints([0])] }],
});
