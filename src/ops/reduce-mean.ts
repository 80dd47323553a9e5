import { floats, ints } from "./shared/examples.js";
import { inferReduction, plus, reduce, reductionOf, upgradeReduction } from "./shared/reduction.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/** reduced = mean of data over `axes`. */
export const ReduceMean: Op<"data" | "axes", "reduced"> = {
  name: "ReduceMean",
  since: [1, 11, 13, 18],
  inputs: { data: one, axes: optional },
  outputs: { reduced: one },
  attrs: { keepdims: { kind: "int", default: 1 }, noop_with_empty_axes: { kind: "int", default: 0 } },
  upgrade: upgradeReduction,
  infer: inferReduction,
  evaluate: (c) => reduce(c, 0, plus, (acc, n) => acc / n),
  // data̅ = reduced̄ spread over the axes, divided by their number of elements
  vjp: (c) => {
    const { b, x, g } = c;
    const { kept } = reductionOf(c);
    const count = b.shape(x.data).reduce((n, d, i) => (kept[i] === d ? n : n * d), 1);
    const share = count === 1 ? g.reduced : b.div(g.reduced, b.scalar(count, g.reduced));
    return { data: b.expand(b.reshape(share, kept), b.shape(x.data)) };
  },
  examples: [
    { name: "all axes", inputs: [floats([2, 3])], attrs: { keepdims: 0 } },
    { name: "one axis", inputs: [floats([2, 3, 4]), ints([1])] },
    { name: "negative axes dropped", inputs: [floats([2, 3, 4]), ints([-1, 0])], attrs: { keepdims: 0 } },
  ],
};
