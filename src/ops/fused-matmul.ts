import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = alpha·A′·B′ as onnxruntime's optimiser writes it: transX swaps the last two axes, transBatchX first brings axis 0 behind the batch axes. */
export const FusedMatMul: Op<"A" | "B", "Y"> = {
  name: "FusedMatMul",
  domain: "com.microsoft",
  since: [1],
  traits: { product: { weights: 1 } },
  inputs: { A: one, B: one },
  outputs: { Y: one },
  attrs: {
    alpha: { kind: "float", default: 1 },
    transA: { kind: "flag", default: 0 },
    transB: { kind: "flag", default: 0 },
    transBatchA: { kind: "flag", default: 0 },
    transBatchB: { kind: "flag", default: 0 },
  },
  decompose: ({ b, x, attrs }) => {
    const arranged = (v: string, side: "A" | "B"): string => {
      const rank = b.shape(v).length;
      if (rank < 2) return v;
      const batchLast = attrs.flag(`transBatch${side}`) && rank > 2;
      const moved = batchLast ? b.transpose(v, [...Array.from({ length: rank - 2 }, (_, i) => i + 1), 0, rank - 1]) : v;
      return attrs.flag(`trans${side}`) ? b.swap(moved) : moved;
    };
    return [b.scale(b.matmul(arranged(x.A, "A"), arranged(x.B, "B")), attrs.float("alpha"))];
  },
  examples: [
    { name: "alpha, transA", inputs: [floats([4, 3]), floats([4, 2])], attrs: { alpha: 0.5, transA: 1 } },
    { name: "batch, transB", inputs: [floats([2, 3, 4]), floats([2, 5, 4])], attrs: { transB: 1 } },
    { name: "both transposed, broadcast batch", inputs: [floats([2, 2, 4, 3]), floats([2, 4])], attrs: { transA: 1, transB: 1 } },
    { name: "transBatchA", inputs: [floats([3, 2, 4]), floats([2, 4, 5])], attrs: { transBatchA: 1 } },
    { name: "transBatchB, transB", inputs: [floats([2, 3, 4]), floats([5, 2, 4])], attrs: { transBatchB: 1, transB: 1 } },
    { name: "transBatchA, transA", inputs: [floats([4, 2, 3]), floats([2, 4, 5])], attrs: { transBatchA: 1, transA: 1 } },
    { name: "vector", inputs: [floats([4]), floats([4, 3])], attrs: { alpha: 2 } },
  ],
};
