import { SUM_EXAMPLES } from "./shared/reduce-examples.js";
import { primitiveReduction } from "./shared/reduce-family.js";
import { plus, reduce, reductionOf } from "./shared/reduction.js";
import type { Op } from "./op.js";

/** reduced = Σ data over `axes`. */
export const ReduceSum: Op<"data" | "axes", "reduced"> = primitiveReduction({
  name: "ReduceSum",
  since: [1, 11, 13],
  pools: "sum",
  accepts: "wide",
  evaluate: (c) => reduce(c, 0, plus),
  // data̅ = reduced̄ spread over the axes
  spread: (c) => c.b.expand(c.b.reshape(c.g.reduced, reductionOf(c).kept), c.b.shape(c.x.data)),
  examples: SUM_EXAMPLES,
});
