import { Matrix, QrDecomposition } from "ml-matrix";

/**
 * V of the least squares ‖Y − Φ·V‖² + λ‖V‖² for rows of features Φ [rows, features] and of targets Y [rows, targets], by the QR decomposition of Φ with √λ·I below it
 * (Householder; Golub & Van Loan 2013, section 6.1). λ is `ridge` times the mean diagonal of ΦᵀΦ: it keeps features that never fire from stopping the solution.
 * Returns V [features, targets] row by row; undefined where there is no solution, as of features that are all zero, or not finite.
 */
export function leastSquares(phi: readonly ArrayLike<number>[], y: readonly ArrayLike<number>[], ridge = 1e-20): readonly Float64Array[] | undefined {
  const [features, targets] = [phi[0]?.length ?? 0, y[0]?.length ?? 0];
  const a = Matrix.zeros(phi.length + features, features);
  const b = Matrix.zeros(phi.length + features, targets);
  let squares = 0;
  phi.forEach((row, r) => {
    for (let i = 0; i < features; i++) {
      a.set(r, i, row[i]!);
      squares += row[i]! ** 2;
    }
    for (let k = 0; k < targets; k++) b.set(r, k, y[r]![k]!);
  });
  if (!(squares > 0 && squares < Infinity)) return undefined;
  const shift = Math.sqrt((ridge * squares) / features);
  for (let i = 0; i < features; i++) a.set(phi.length + i, i, shift);
  const qr = new QrDecomposition(a);
  if (!qr.isFullRank()) return undefined;
  const v = qr.solve(b);
  return Array.from({ length: features }, (_, i) => Float64Array.from(v.getRow(i)));
}
