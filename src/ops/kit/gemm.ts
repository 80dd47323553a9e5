import type { NumericArray } from "../../graph/tensor.js";

/** C[m×n] += A[m×k]·B[k×n], all row-major from the given offsets, in float64 arithmetic. */
export function gemmInto(
  c: NumericArray, c0: number,
  a: NumericArray, a0: number,
  b: NumericArray, b0: number,
  m: number, k: number, n: number,
): void {
  for (let i = 0; i < m; i++) {
    const row = c0 + i * n;
    for (let p = 0; p < k; p++) {
      const v = a[a0 + i * k + p]!;
      if (v === 0) continue;
      const from = b0 + p * n;
      for (let j = 0; j < n; j++) c[row + j] = c[row + j]! + v * b[from + j]!;
    }
  }
}
