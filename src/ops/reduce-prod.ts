import type { GraphBuilder } from "../graph/builder.js";
import { floats, ints } from "./shared/examples.js";
import { composedExamples } from "./shared/reduce-examples.js";
import { composedReduction } from "./shared/reduce-family.js";
import type { Op } from "./op.js";

/** reduced = Π data over `axes`. */
export const ReduceProd: Op<"data" | "axes", "reduced"> = composedReduction({
  name: "ReduceProd",
  pools: "other",
  accepts: "wide",
  body: ({ b, data, axes, shape }) =>
    b.reshape(
      axes.reduce((v, axis) => product(b, v, axis), data),
      shape,
    ),
  examples: [
    ...composedExamples(),
    {
      name: "seven factors, none, one and two of them zero",
      inputs: [floats([3, 7], { values: [1, -2, 0.5, 3, 1.5, -1, 2, 1, -2, 0, 3, 1.5, -1, 2, 0, -2, 0.5, 3, 0, -1, 2] }), ints([1])],
    },
    { name: "integers", inputs: [ints([3, -1, -4, 2, 5, 6], [3, 2]), ints([0])] },
    { name: "nothing to multiply", inputs: [floats([2, 0]), ints([1])] },
  ],
});

/**
 * The product along one axis (which stays, as 1) as a tree of products of halves: its derivative never divides, so that zeros
 * among the factors do no harm.
 */
function product(b: GraphBuilder, data: string, axis: number): string {
  let v = data;
  let odd: string | undefined;
  for (let n = b.shape(v)[axis]!; n !== 1; n >>= 1) {
    if (n === 0) return b.full(1, { dtype: b.dtype(v), shape: b.shape(v).map((d, i) => (i === axis ? 1 : d)) });
    const half = n >> 1;
    const [left, right, rest] = b.split(v, n % 2 === 0 ? [half, half] : [half, half, 1], axis);
    if (rest !== undefined) odd = odd === undefined ? rest : b.mul(odd, rest);
    v = b.mul(left!, right!);
  }
  return odd === undefined ? v : b.mul(v, odd);
}
