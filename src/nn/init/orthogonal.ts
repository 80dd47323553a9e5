import { sizeOf } from "../../graph/tensor.js";
import type { Stream } from "../../util/random.js";
import type { Fill } from "./fill.js";

/**
 * The first `columns` columns of a Haar-distributed orthogonal matrix of `rows` ≥ `columns`, row-major. They are what Householder's QR of a
 * Gaussian matrix gives with R's diagonal made positive; but the reflection of each step depends on a fresh Gaussian vector alone, so that
 * nothing need be factored (Stewart 1980): Q = H₁·…·H_c·D, where H_k reflects the Gaussian vector x_k of length rows − k + 1 onto its first axis
 * and D_k = −sign x_k1. Costs 2·rows·columns² − ⅔·columns³ multiply–adds, in float64.
 */
export function haarColumns(rows: number, columns: number, random: Stream): Float64Array {
  const q = new Float64Array(rows * columns);
  const space = Array.from({ length: BLOCK }, () => ({ v: new Float64Array(rows), sums: new Float64Array(columns), factor: 0 }));
  // The normals of reflection k stand behind those of the reflections before it.
  const offset = (k: number): number => k * rows - (k * (k - 1)) / 2;
  for (let end = columns; end > 0;) {
    const begin = Math.max(0, end - BLOCK);
    const block = space.slice(0, end - begin);
    block.forEach((r, i) => {
      const k = begin + i;
      let square = 0;
      r.v.fill(0, begin, k);
      for (let row = k; row < rows; row++) {
        r.v[row] = random.normal(offset(k) + row - k);
        square += r.v[row]! ** 2;
      }
      const first = r.v[k]!;
      const sign = first < 0 ? -1 : 1;
      const norm = Math.sqrt(square);
      // v = x + sign(x₁)·‖x‖·e₁ gives H x = −sign(x₁)·‖x‖·e₁, and vᵀv/2 = ‖x‖·(‖x‖ + |x₁|).
      r.v[k] = first + sign * norm;
      r.factor = 1 / (norm * (norm + Math.abs(first)));
      q[k * columns + k] = -sign;
    });
    // Missing reflections of the first block change nothing.
    for (const idle of space.slice(block.length)) {
      idle.v.fill(0, begin);
      idle.factor = 0;
    }
    reflect(q, rows, columns, begin, space as unknown as Block);
    end = begin;
  }
  return q;
}

/** So many reflections are applied at once: each pass over the matrix then does four times the work. */
const BLOCK = 4;
interface Reflection {
  readonly v: Float64Array;
  /** Room for a row. */
  readonly sums: Float64Array;
  factor: number;
}
type Block = readonly [Reflection, Reflection, Reflection, Reflection];

/** Rows and columns of q from `begin` on become H₀·H₁·H₂·H₃ times themselves: q − V·T·(Vᵀq), T upper triangular (compact WY: Schreiber & Van Loan 1989). */
function reflect(q: Float64Array, rows: number, columns: number, begin: number, block: Block): void {
  const t = triangle(block, begin, rows);
  const [a, b, c, d] = block;
  for (const r of block) r.sums.fill(0, begin);
  const [sa, sb, sc, sd] = [a.sums, b.sums, c.sums, d.sums];
  for (let i = begin; i < rows; i++) {
    const [va, vb, vc, vd] = [a.v[i]!, b.v[i]!, c.v[i]!, d.v[i]!];
    for (let j = begin, at = i * columns + begin; j < columns; j++, at++) {
      const x = q[at]!;
      sa[j]! += va * x;
      sb[j]! += vb * x;
      sc[j]! += vc * x;
      sd[j]! += vd * x;
    }
  }
  for (let j = begin; j < columns; j++) {
    const [x, y, z, w] = [sa[j]!, sb[j]!, sc[j]!, sd[j]!];
    sa[j] = t[0]! * x + t[1]! * y + t[2]! * z + t[3]! * w;
    sb[j] = t[5]! * y + t[6]! * z + t[7]! * w;
    sc[j] = t[10]! * z + t[11]! * w;
    sd[j] = t[15]! * w;
  }
  for (let i = begin; i < rows; i++) {
    const [va, vb, vc, vd] = [a.v[i]!, b.v[i]!, c.v[i]!, d.v[i]!];
    for (let j = begin, at = i * columns + begin; j < columns; j++, at++) q[at]! -= va * sa[j]! + vb * sb[j]! + vc * sc[j]! + vd * sd[j]!;
  }
}

/** T, row-major 4×4: T_kk = factor_k; above it T_:k = −factor_k·T·(Vᵀv_k). */
function triangle(block: Block, begin: number, rows: number): Float64Array {
  const t = new Float64Array(BLOCK * BLOCK);
  block.forEach((r, k) => {
    const dots = block.slice(0, k).map((other) => {
      let sum = 0;
      for (let i = begin; i < rows; i++) sum += other.v[i]! * r.v[i]!;
      return sum;
    });
    for (let i = 0; i < k; i++) {
      let sum = 0;
      for (let j = i; j < k; j++) sum += t[i * BLOCK + j]! * dots[j]!;
      t[i * BLOCK + k] = -r.factor * sum;
    }
    t[k * BLOCK + k] = r.factor;
  });
  return t;
}

/**
 * Orthogonal (Saxe, McClelland & Ganguli 2013): gain times a matrix with orthonormal columns, or orthonormal rows where there are more columns
 * than rows. All axes but the first make one.
 */
export const orthogonal =
  (gain: number): Fill =>
  (out, shape, random) => {
    const [first, rest] = [shape[0]!, sizeOf(shape.slice(1))];
    const [rows, columns] = [Math.max(first, rest), Math.min(first, rest)];
    const q = haarColumns(rows, columns, random);
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[first >= rest ? i * columns + j : j * rows + i] = gain * q[i * columns + j]!;
  };

/** Delta-orthogonal (Xiao et al. 2018): zero but for the middle of each kernel, where an orthogonal matrix stands. Kernels of a convolution [out, in, …]. */
export const deltaOrthogonal =
  (gain: number): Fill =>
  (out, shape, random) => {
    const [outputs, inputs] = [shape[0]!, shape[1]!];
    const taps = sizeOf(shape.slice(2));
    const middle = shape.slice(2).reduce((at, k) => at * k + Math.floor(k / 2), 0);
    const matrix = new Float64Array(outputs * inputs);
    orthogonal(gain)(matrix, [outputs, inputs], random);
    for (let i = 0; i < matrix.length; i++) out[i * taps + middle] = matrix[i]!;
  };

/** σ times the identity (with zeros where it is not square), in the middle of the kernel for convolutions. */
export const identity =
  (gain: number): Fill =>
  (out, shape) => {
    const taps = sizeOf(shape.slice(2));
    const middle = shape.slice(2).reduce((at, k) => at * k + Math.floor(k / 2), 0);
    for (let i = 0; i < Math.min(shape[0]!, shape[1]!); i++) out[(i * shape[1]! + i) * taps + middle] = gain;
  };
