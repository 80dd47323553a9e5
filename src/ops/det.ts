import type { GraphBuilder } from "../graph/builder.js";
import { formatType, sizeOf, tensor } from "../graph/tensor.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = det X over the last two axes, by Gaussian elimination with row pivots. The gradient det(X)·X⁻ᵀ that follows needs det X ≠ 0. */
export const Det: Op<"X", "Y"> = {
  name: "Det",
  since: [11, 22],
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {},
  decompose: ({ b, x, fail }) => {
    const shape = b.shape(x.X);
    const n = shape[shape.length - 1];
    if (n === undefined || n !== shape[shape.length - 2])
      return fail("its input is not made of square matrices", { received: formatType(b.type(x.X)) });
    const batch = sizeOf(shape.slice(0, -2));
    let rest = b.reshape(x.X, [batch, n, n]);
    let det = b.full(1, { dtype: b.dtype(x.X), shape: [batch, 1, 1] });
    for (let m = n; m > 0; m--) {
      const { factor, next } = eliminate(b, rest, m);
      det = b.mul(det, factor);
      rest = next;
    }
    return [b.reshape(det, shape.slice(0, -2))];
  },
  examples: [
    { name: "3×3", inputs: [floats([3, 3])] },
    { name: "batch", inputs: [floats([2, 2, 4, 4])] },
    { name: "1×1", inputs: [floats([2, 1, 1])] },
    { name: "zero on the diagonal", inputs: [floats([2, 2], { values: [0, 2, 3, 1] })] },
    { name: "singular", inputs: [{ ...floats([3, 3], { values: [0, 1, 2, 0, 3, 4, 0, 5, 6] }), constant: true }] },
  ],
};

/** Takes the row with the largest first element out of [B, m, m]: its signed pivot, and what is left of the other rows. */
function eliminate(b: GraphBuilder, A: string, m: number): { readonly factor: string; readonly next: string } {
  const cut = (v: string, axis: number, from: number, to: number): string => b.slice(v, [from], [to], [axis]);
  if (m === 1) return { factor: A, next: A };
  const pivotRow = b.op("ArgMax", [b.op("Abs", [cut(A, 2, 0, 1)])], { axis: 1, keepdims: 1 });
  const rows = b.constant(
    tensor(
      "int64",
      [1, m, 1],
      Array.from({ length: m }, (_, i) => i),
    ),
  );
  const chosen = b.equal(rows, pivotRow);
  const row = b.reduceSum(b.where(chosen, A, b.scalar(0, A)), [1]);
  // The first row moves to where the chosen one was.
  const others = b.where(cut(chosen, 1, 1, m), cut(A, 1, 0, 1), cut(A, 1, 1, m));
  const pivot = cut(row, 2, 0, 1);
  const [plus, minus, zero] = [b.scalar(1, A), b.scalar(-1, A), b.scalar(0, A)];
  const factor = b.mul(pivot, b.where(b.equal(pivotRow, b.scalarOf("int64", 0)), plus, minus));
  // A column of zeros makes the determinant 0 whatever follows.
  const divisor = b.where(b.equal(pivot, zero), plus, pivot);
  const next = b.sub(cut(others, 2, 1, m), b.mul(b.div(cut(others, 2, 0, 1), divisor), cut(row, 2, 1, m)));
  return { factor, next };
}
