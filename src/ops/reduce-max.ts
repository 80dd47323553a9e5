import { bools, floats, ints } from "./shared/examples.js";
import { extremeOf, extremumShares, inferReduction, reduce, reductionAttrs, upgradeReduction } from "./shared/reduction.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/** reduced = the largest element of data over `axes`. Equal ones share the derivative evenly, as torch.amax has it. */
export const ReduceMax: Op<"data" | "axes", "reduced"> = {
  name: "ReduceMax",
  since: [1, 11, 12, 13, 18, 20],
  inputs: { data: one, axes: optional },
  outputs: { reduced: one },
  attrs: reductionAttrs,
  upgrade: upgradeReduction,
  infer: inferReduction,
  evaluate: (c) => reduce(c, extremeOf(c.out[0]!.dtype, -1), (acc, x) => (x > acc || Number.isNaN(x) ? x : acc)),
  // data̅ = reduced̄ / (how many attain it) where data = reduced, else 0
  vjp: (c) => ({ data: extremumShares(c) }),
  examples: [
    { name: "all axes", inputs: [floats([2, 3])], attrs: { keepdims: 0 } },
    { name: "one axis", inputs: [floats([2, 3, 4]), ints([1])] },
    { name: "outer axes", inputs: [floats([2, 3, 4]), ints([0, -1])], attrs: { keepdims: 0 } },
    { name: "infinite", inputs: [floats([2, 2], { values: [-Infinity, 1, 0.5, 2] }), ints([1])] },
    { name: "ties", inputs: [floats([2, 3], { values: [3, 1, 3, 0, 2, 2] }), ints([1])], withoutSecondOrder: "a tie is a kink" },
    { name: "no axes: nothing is reduced", inputs: [floats([2, 3]), ints([])], attrs: { noop_with_empty_axes: 1 } },
    { name: "integers", inputs: [ints([3, -1, 7, 2], [2, 2]), ints([0])] },
    { name: "bools", inputs: [bools([1, 0, 0, 0], [2, 2]), ints([1])] },
  ],
};
