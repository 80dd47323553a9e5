import { formatType } from "../graph/tensor.js";
import type { AttrReader } from "./attrs.js";
import { broadcastIndex, broadcastShape, result } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/** Y = alpha·A′·B′ + beta·C, where A′ is A or Aᵀ (transA) and C broadcasts. */
export const Gemm: Op<"A" | "B" | "C", "Y"> = {
  name: "Gemm",
  since: [7, 9, 11, 13],
  traits: { product: { weights: 1, fanIn }, costly: true },
  accepts: "wide",
  inputs: { A: one, B: one, C: optional },
  outputs: { Y: one },
  attrs: {
    alpha: { kind: "float", default: 1 },
    beta: { kind: "float", default: 1 },
    transA: { kind: "flag", default: 0 },
    transB: { kind: "flag", default: 0 },
  },
  infer: (c) => {
    const [A, B, C] = [c.type("A"), c.type("B"), c.optional("C")];
    const bad = (): never => c.fail("its operands do not fit", { received: [A, B, ...(C ? [C] : [])].map(formatType).join(", ") });
    if (A.shape.length !== 2 || B.shape.length !== 2 || A.dtype !== B.dtype || (C && C.dtype !== A.dtype)) return bad();
    const [m, k] = c.attrs.flag("transA") ? [A.shape[1]!, A.shape[0]!] : [A.shape[0]!, A.shape[1]!];
    const [kB, n] = c.attrs.flag("transB") ? [B.shape[1]!, B.shape[0]!] : [B.shape[0]!, B.shape[1]!];
    const fits = !C || broadcastShape(C.shape, [m, n])?.join() === [m, n].join();
    if (k !== kB || !fits) return bad();
    return [{ dtype: A.dtype, shape: [m, n] }];
  },
  evaluate: (c) => {
    const { A, B, C } = c.x;
    const out = result(c.out[0]!);
    const [m, n] = out.shape as [number, number];
    const [tA, tB] = [c.attrs.flag("transA"), c.attrs.flag("transB")];
    const k = tA ? A.shape[0]! : A.shape[1]!;
    const [ai, ap] = tA ? [1, m] : [k, 1];
    const [bp, bj] = tB ? [1, k] : [n, 1];
    const alpha = c.attrs.float("alpha");
    for (let i = 0; i < m; i++) {
      for (let p = 0; p < k; p++) {
        const v = alpha * A.data[i * ai + p * ap]!;
        for (let j = 0; j < n; j++) out.data[i * n + j] = out.data[i * n + j]! + v * B.data[p * bp + j * bj]!;
      }
    }
    if (c.has("C")) {
      const index = broadcastIndex(C.shape, out.shape);
      const beta = c.attrs.float("beta");
      for (let i = 0; i < index.length; i++) out.data[i] = out.data[i]! + beta * C.data[index[i]!]!;
    }
    return [out];
  },
  // A′̄ = alpha·Ȳ·B′ᵀ, B′̄ = alpha·A′ᵀ·Ȳ, C̄ = beta·Ȳ; a transposed operand takes the transposed product
  vjp: ({ b, attrs, x, g, need }) => {
    const [tA, tB] = [attrs.int("transA") ? 1 : 0, attrs.int("transB") ? 1 : 0];
    const alpha = attrs.float("alpha");
    const product = (p: string, q: string, transA: number, transB: number): string => b.op("Gemm", [p, q], { alpha, transA, transB });
    return {
      A: need("A") ? (tA ? product(x.B, g.Y, tB, 1) : product(g.Y, x.B, 0, 1 - tB)) : undefined,
      B: need("B") ? (tB ? product(g.Y, x.A, 1, tA) : product(x.A, g.Y, 1 - tA, 0)) : undefined,
      C: x.C !== "" && need("C") ? b.scale(g.Y, attrs.float("beta")) : undefined,
    };
  },
  vmap: (c) => {
    const { b } = c;
    const factor = (i: number, attr: "transA" | "transB"): string => (c.attrs.flag(attr) ? b.swap(c.xs[i]!) : c.xs[i]!);
    const product = b.scale(b.matmul(factor(0, "transA"), factor(1, "transB")), c.attrs.float("alpha"));
    return [(c.xs[2] ?? "") === "" ? product : b.add(product, b.scale(c.aligned(2, 2), c.attrs.float("beta")))];
  },
  examples: [
    { name: "no bias", inputs: [floats([3, 4]), floats([4, 5])] },
    { name: "row bias, transB", inputs: [floats([3, 4]), floats([5, 4]), floats([5])], attrs: { transB: 1 } },
    { name: "transA, alpha, beta, column bias", inputs: [floats([4, 3]), floats([4, 5]), floats([3, 1])], attrs: { transA: 1, alpha: 0.5, beta: 2 } },
    { name: "both transposed, scalar bias", inputs: [floats([4, 3]), floats([5, 4]), floats([])], attrs: { transA: 1, transB: 1 } },
  ],
};

/** The size of the axis that is summed over: the rows of B, the columns of A. */
function fanIn(shape: readonly number[], factor: number, attrs: AttrReader): number | undefined {
  const [rows, columns] = shape;
  if (factor === 1) return attrs.flag("transB") ? columns : rows;
  return attrs.flag("transA") ? rows : columns;
}
