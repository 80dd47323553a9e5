import { formatType } from "../graph/tensor.js";
import { broadcastIndex, broadcastShape, result } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { doubles, gemmInto } from "./shared/gemm.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = A·B over the last two axes, broadcasting the leading ones; 1-D operands as in numpy.matmul. */
export const MatMul: Op<"A" | "B", "Y"> = {
  name: "MatMul",
  since: [1, 9, 13],
  traits: { product: { weights: 1, fanIn: (shape, factor) => shape[shape.length - (factor === 1 ? 2 : 1)] }, costly: true },
  accepts: "wide",
  inputs: { A: one, B: one },
  outputs: { Y: one },
  attrs: {},
  infer: (c) => {
    const [A, B] = [c.type("A"), c.type("B")];
    const bad = (): never => c.fail("its operands do not fit", { received: `${formatType(A)} and ${formatType(B)}` });
    if (A.dtype !== B.dtype || A.shape.length === 0 || B.shape.length === 0) return bad();
    const { batch, m, k, kB, n } = geometry(A.shape, B.shape);
    if (k !== kB || !batch) return bad();
    return [{ dtype: A.dtype, shape: [...batch, ...(A.shape.length > 1 ? [m] : []), ...(B.shape.length > 1 ? [n] : [])] }];
  },
  evaluate: (c) => {
    const { A, B } = c.x;
    const { batch, batchA, batchB, m, k, n } = geometry(A.shape, B.shape);
    const out = result(c.out[0]!);
    const ia = broadcastIndex(batchA, batch!);
    const ib = broadcastIndex(batchB, batch!);
    const [a, b] = [doubles(A.data), doubles(B.data)];
    for (let i = 0; i < ia.length; i++) gemmInto(out.data, i * m * n, a, ia[i]! * m * k, b, ib[i]! * k * n, m, k, n);
    return [out];
  },
  // Ā = Ȳ·Bᵀ, B̄ = Aᵀ·Ȳ
  vjp: ({ b, x, g, need }) => {
    const [sa, sb] = [b.shape(x.A), b.shape(x.B)];
    const [rowA, colB] = [sa.length === 1, sb.length === 1];
    const A = rowA ? b.unsqueeze(x.A, [0]) : x.A;
    const B = colB ? b.unsqueeze(x.B, [1]) : x.B;
    let Y = g.Y;
    if (colB) Y = b.unsqueeze(Y, [b.shape(Y).length]);
    if (rowA) Y = b.unsqueeze(Y, [b.shape(Y).length - 1]);
    // A weight shared by all leading axes of A: one product of the flattened operands instead of a batch of them and a sum.
    const flat = sb.length === 2 && sa.length > 2;
    const rows = (v: string): string => {
      const s = b.shape(v);
      return b.reshape(v, [s.slice(0, -1).reduce((p, d) => p * d, 1), s[s.length - 1]!]);
    };
    const weight = (): string => (flat ? b.matmul(b.swap(rows(A)), rows(Y)) : b.matmul(b.swap(A), Y));
    const back = (v: string, shape: readonly number[], vector: boolean, axis: number): string =>
      vector ? b.squeeze(b.unbroadcast(v, axis === 0 ? [1, shape[0]!] : [shape[0]!, 1]), [axis]) : v;
    return {
      A: need("A") ? back(b.matmul(Y, b.swap(B)), sa, rowA, 0) : undefined,
      B: need("B") ? back(weight(), sb, colB, 1) : undefined,
    };
  },
  vmap: (c) => {
    const rank = Math.max(c.own(0).length, c.own(1).length);
    if (c.own(0).length < 2 || c.own(1).length < 2) return c.fail("multiplies a vector");
    return [c.b.matmul(c.aligned(0, rank), c.aligned(1, rank))];
  },
  examples: [
    { name: "matrices", inputs: [floats([3, 4]), floats([4, 5])] },
    { name: "batch against a shared matrix", inputs: [floats([2, 3, 4]), floats([4, 5])] },
    { name: "broadcast batches", inputs: [floats([2, 1, 3, 4]), floats([5, 4, 2])] },
    { name: "vectors", inputs: [floats([4]), floats([4])] },
    { name: "vector times batch", inputs: [floats([4]), floats([2, 4, 3])] },
    { name: "batch times vector", inputs: [floats([2, 3, 4]), floats([4])] },
  ],
};

function geometry(
  a: readonly number[],
  b: readonly number[],
): {
  batch: readonly number[] | undefined;
  batchA: readonly number[];
  batchB: readonly number[];
  m: number;
  k: number;
  kB: number;
  n: number;
} {
  const sa = a.length === 1 ? [1, ...a] : a;
  const sb = b.length === 1 ? [...b, 1] : b;
  const [batchA, batchB] = [sa.slice(0, -2), sb.slice(0, -2)];
  const [m, k] = [sa[sa.length - 2]!, sa[sa.length - 1]!];
  const [kB, n] = [sb[sb.length - 2]!, sb[sb.length - 1]!];
  return { batch: broadcastShape(batchA, batchB), batchA, batchB, m, k, kB, n };
}
