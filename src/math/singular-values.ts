/** The largest number of sweeps over all pairs; a well-scaled matrix takes six to ten. */
const SWEEPS = 60;
/** Two rows count as orthogonal below this |cosine|. */
const ORTHOGONAL = 1e-15;

/**
 * Rotates the rows of a matrix A = UΣVᵀ until they are orthogonal, by plane rotations of pairs (one-sided Jacobi: Hestenes 1958). Returns new rows σᵢ·vᵢᵀ,
 * the longest first, exact to rounding relative to the largest σ. Squares of elements must not overflow or underflow: scale the matrix first. A sweep
 * costs rows²·columns operations, so give the shorter side as rows.
 */
export function orthogonalRows(matrix: readonly Float64Array[]): readonly Float64Array[] {
  const rows = matrix.map((r) => r.slice());
  const squares = rows.map((r) => product(r, r));
  const least = 1e-36 * Math.max(0, ...squares);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let turned = false;
    for (let i = 0; i < rows.length; i++) {
      for (let j = i + 1; j < rows.length; j++) {
        const [a, b, c] = [squares[i]!, squares[j]!, product(rows[i]!, rows[j]!)];
        // What is rounding only would be turned for ever.
        if (a <= least || b <= least || Math.abs(c) <= ORTHOGONAL * Math.sqrt(a * b)) continue;
        turned = true;
        const half = (b - a) / (2 * c);
        const t = Math.sign(half || 1) / (Math.abs(half) + Math.hypot(1, half));
        const cos = 1 / Math.hypot(1, t);
        rotate(rows[i]!, rows[j]!, cos, cos * t);
        squares[i] = product(rows[i]!, rows[i]!);
        squares[j] = product(rows[j]!, rows[j]!);
      }
    }
    if (!turned) break;
  }
  return rows
    .map((row, i) => ({ row, square: squares[i]! }))
    .sort((p, q) => q.square - p.square)
    .map((p) => p.row);
}

/**
 * Computes the natural logarithms of the singular values of a matrix [rows, columns], the largest first, min(rows, columns) of them. Null where a value lies
 * below rounding of relative size `precision`; −Infinity for a zero matrix; NaN where an element is not finite. Any finite elements are allowed.
 */
export function lnSingularValues(matrix: readonly Float64Array[], precision: number = 2 ** -52): readonly (number | null)[] {
  const [height, width] = [matrix.length, matrix[0]?.length ?? 0];
  const count = Math.min(height, width);
  let top = 0;
  for (const row of matrix) {
    for (const v of row) {
      if (!Number.isFinite(v)) return new Array<number>(count).fill(NaN);
      top = Math.max(top, Math.abs(v));
    }
  }
  if (top === 0) return new Array<number>(count).fill(-Infinity);
  const scaled = height <= width ? matrix.map((r) => r.map((v) => v / top)) : transposed(matrix, top);
  const lengths = orthogonalRows(scaled).map((r) => Math.sqrt(product(r, r)));
  const floor = lengths[0]! * precision * Math.max(height, width);
  return lengths.map((s) => (s > floor ? Math.log(s) + Math.log(top) : null));
}

/** The inner product Σ aᵢ·bᵢ. */
export function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function rotate(a: Float64Array, b: Float64Array, cos: number, sin: number): void {
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    a[i] = cos * x - sin * y;
    b[i] = sin * x + cos * y;
  }
}

function transposed(matrix: readonly Float64Array[], divisor: number): Float64Array[] {
  return Array.from(matrix[0]!, (_, j) => Float64Array.from(matrix, (row) => row[j]! / divisor));
}
