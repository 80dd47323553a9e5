/** Sweeps over all pairs; a well-scaled matrix takes six to ten. */
const SWEEPS = 60;
/** Two rows count as orthogonal at this cosine. */
const ORTHOGONAL = 1e-15;

/**
 * Turns the rows of a matrix until they are orthogonal to each other, by plane rotations of pairs (one-sided Jacobi: Hestenes 1958): with A = UΣVᵀ
 * the rows end as σᵢ·vᵢᵀ, sorted by length, the longest first. Exact to rounding, small singular values to rounding of the largest. Elements near the limits of a double
 * are to be scaled before: squares are taken. Returns new rows; takes min(rows, columns)²·max work a sweep when `rows` is the shorter side.
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
 * ln of the singular values of a matrix, the largest first, min(rows, columns) of them; null where rounding of relative size `precision` hides one. Elements may be as large
 * or small as doubles are. NaN where an element is not finite.
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

/** Σ aᵢ·bᵢ. */
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
