/**
 * V of the least squares ‖Y − Φ·V‖² for rows of features Φ [rows, features] and of targets Y [rows, targets], by Cholesky's decomposition of ΦᵀΦ. A ridge of
 * `ridge` times its mean diagonal keeps features that never fire from stopping it. Returns V [features, targets] row by row; undefined where ΦᵀΦ is not positive, or not finite.
 */
export function leastSquares(phi: readonly ArrayLike<number>[], y: readonly ArrayLike<number>[], ridge = 1e-10): readonly Float64Array[] | undefined {
  const [m, t] = [phi[0]?.length ?? 0, y[0]?.length ?? 0];
  const a = Array.from({ length: m }, () => new Float64Array(m));
  const v = Array.from({ length: m }, () => new Float64Array(t));
  phi.forEach((row, r) => {
    const target = y[r]!;
    for (let i = 0; i < m; i++) {
      const f = row[i]!;
      if (f === 0) continue;
      const [ai, vi] = [a[i]!, v[i]!];
      for (let j = 0; j <= i; j++) ai[j]! += f * row[j]!;
      for (let k = 0; k < t; k++) vi[k]! += f * target[k]!;
    }
  });
  const shift = (ridge * a.reduce((s, row, i) => s + row[i]!, 0)) / m;
  // A = L·Lᵀ, L in the lower half of A.
  for (let i = 0; i < m; i++) {
    a[i]![i]! += shift;
    for (let j = 0; j <= i; j++) {
      let sum = a[i]![j]!;
      for (let k = 0; k < j; k++) sum -= a[i]![k]! * a[j]![k]!;
      if (i === j) {
        if (!(sum > 0) || !Number.isFinite(sum)) return undefined;
        a[i]![i] = Math.sqrt(sum);
      } else a[i]![j] = sum / a[j]![j]!;
    }
  }
  // L·Z = ΦᵀY, then Lᵀ·V = Z.
  for (let i = 0; i < m; i++)
    for (let k = 0; k < t; k++) {
      let sum = v[i]![k]!;
      for (let j = 0; j < i; j++) sum -= a[i]![j]! * v[j]![k]!;
      v[i]![k] = sum / a[i]![i]!;
    }
  for (let i = m - 1; i >= 0; i--)
    for (let k = 0; k < t; k++) {
      let sum = v[i]![k]!;
      for (let j = i + 1; j < m; j++) sum -= a[j]![i]! * v[j]![k]!;
      v[i]![k] = sum / a[i]![i]!;
    }
  return v;
}
