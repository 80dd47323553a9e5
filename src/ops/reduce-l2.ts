import { ints } from "./shared/examples.js";
import { composedExamples } from "./shared/reduce-examples.js";
import { composedReduction } from "./shared/reduce-family.js";
import { safeSqrt } from "./shared/reduction.js";
import type { Op } from "./op.js";

/** reduced = √Σ data² over `axes`. The derivative at the zero vector is 0, as torch.linalg.vector_norm has it. */
export const ReduceL2: Op<"data" | "axes", "reduced"> = composedReduction({
  name: "ReduceL2",
  pools: "norm",
  accepts: "wide",
  inFloat: true,
  body: ({ b, data, axes, keep }) => safeSqrt(b, b.reduceSum(b.square(data), axes, keep)),
  examples: [...composedExamples({ awayFromZero: 0.1 }), { name: "integers", inputs: [ints([3, -1, -4, 2], [2, 2]), ints([0])] }],
});
