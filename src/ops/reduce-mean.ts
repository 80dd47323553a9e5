import { SUM_EXAMPLES } from "./shared/reduce-examples.js";
import { primitiveReduction } from "./shared/reduce-family.js";
import { plus, reduce, reductionOf } from "./shared/reduction.js";
import type { Op } from "./op.js";

/** reduced = mean of data over `axes`. */
export const ReduceMean: Op<"data" | "axes", "reduced"> = primitiveReduction({
  name: "ReduceMean",
  since: [1, 11, 13, 18],
  pools: "mean",
  accepts: "wide",
  evaluate: (c) => reduce(c, 0, plus, (acc, n) => acc / n),
  // data̅ = reduced̄ spread over the axes, divided by their number of elements
  spread: (c) => {
    const { b, x, g } = c;
    const { kept } = reductionOf(c);
    const count = b.shape(x.data).reduce((n, d, i) => (kept[i] === d ? n : n * d), 1);
    const share = count === 1 ? g.reduced : b.div(g.reduced, b.scalar(count, g.reduced));
    return b.expand(b.reshape(share, kept), b.shape(x.data));
  },
  examples: SUM_EXAMPLES,
});
