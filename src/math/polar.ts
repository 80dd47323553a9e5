/** The largest number of iterations; each multiplies a small singular value by 3/2, and squares the distance from 1 of one near 1. */
const STEPS = 200;
/** The largest deviation of an element of X·Xᵀ from the identity, for each row. */
const EXACT = 1e-13;

/**
 * Computes the orthogonal polar factor U·Vᵀ of a non-singular square matrix W = U·Σ·Vᵀ [rows, rows], stored row by row, by the Newton–Schulz iteration
 * X ← (3X − X·Xᵀ·X)/2 from W/‖W‖_F (Björck & Bowie 1971). W + δ·U·Vᵀ has the singular values σᵢ + δ. Undefined where the iteration does not converge: W is
 * singular, or not finite.
 */
export function orthogonalFactor(matrix: ArrayLike<number>, rows: number): Float64Array | undefined {
  const n = rows;
  const length = Math.hypot(...Array.from(matrix));
  let x = Float64Array.from(matrix, (v) => v / length);
  const gram = new Float64Array(n * n);
  for (let step = 0; step < STEPS; step++) {
    let off = 0;
    for (let i = 0; i < n; i++)
      for (let j = i; j < n; j++) {
        let sum = 0;
        for (let k = 0; k < n; k++) sum += x[i * n + k]! * x[j * n + k]!;
        gram[i * n + j] = gram[j * n + i] = sum;
        off = Math.max(off, Math.abs(sum - (i === j ? 1 : 0)));
      }
    if (off < EXACT * n) return x;
    if (!Number.isFinite(off)) return undefined;
    const next = x.map((v) => 1.5 * v);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        const half = gram[i * n + j]! / 2;
        for (let k = 0; k < n; k++) next[i * n + k]! -= half * x[j * n + k]!;
      }
    x = next;
  }
  return undefined;
}
