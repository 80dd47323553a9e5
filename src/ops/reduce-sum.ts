import { floats, ints } from "./shared/examples.js";
import { inferReduction, plus, reduce, reductionOf, upgradeReduction } from "./shared/reduction.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/** reduced = Σ data over `axes`. */
export const ReduceSum: Op<"data" | "axes", "reduced"> = {
  name: "ReduceSum",
  since: [1, 11, 13],
  inputs: { data: one, axes: optional },
  outputs: { reduced: one },
  attrs: { keepdims: { kind: "int", default: 1 }, noop_with_empty_axes: { kind: "int", default: 0 } },
  upgrade: upgradeReduction,
  infer: inferReduction,
  evaluate: (c) => reduce(c, 0, plus),
  // data̅ = reduced̄ spread over the axes
  vjp: (c) => {
    const { b, x, g } = c;
    const { kept } = reductionOf(c);
    const spread = b.expand(b.reshape(g.reduced, kept), b.shape(x.data));
    return { data: spread };
  },
  examples: [
    { name: "all axes", inputs: [floats([2, 3])], attrs: { keepdims: 0 } },
    { name: "one axis", inputs: [floats([2, 3, 4]), ints([1])] },
    { name: "negative axes dropped", inputs: [floats([2, 3, 4]), ints([-1, 0])], attrs: { keepdims: 0 } },
  ],
};
