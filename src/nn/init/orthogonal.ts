import { sizeOf } from "../../graph/tensor.js";
import type { Stream } from "../../util/random.js";
import type { Fill } from "./fill.js";

/**
 * Draws the first `columns` columns of a Haar-distributed orthogonal matrix [rows, rows], as [rows, columns] with `rows` ≥ `columns`, row-major.
 * They have the distribution of Q in the Householder QR factorisation of a Gaussian matrix, R's diagonal made positive. There the reflection of
 * each step depends only on a new Gaussian vector, so no matrix has to be factored (Stewart 1980): Q = H₁·…·H_c·D, where H_k reflects the
 * Gaussian vector x_k of length rows − k + 1 onto its first axis, and D_k = −sign x_k1. Costs 2·rows·columns² − ⅔·columns³ multiply–adds in float64.
 */
export function haarColumns(rows: number, columns: number, random: Stream): Float64Array {
  const q = new Float64Array(rows * columns);
  const buffers = Array.from({ length: BLOCK }, () => ({ v: new Float64Array(rows), sums: new Float64Array(columns), factor: 0 }));
  // Reflection k uses the draws that follow those of the reflections before it.
  const offset = (k: number): number => k * rows - (k * (k - 1)) / 2;
  for (let end = columns; end > 0;) {
    const begin = Math.max(0, end - BLOCK);
    const block = buffers.slice(0, end - begin);
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
    // A block of fewer reflections is filled up with identities.
    for (const idle of buffers.slice(block.length)) {
      idle.v.fill(0, begin);
      idle.factor = 0;
    }
    reflect(q, rows, columns, begin, buffers as unknown as Block);
    end = begin;
  }
  return q;
}

/** The number of reflections that are applied in one pass over the matrix, which then does four times the work per memory access. */
const BLOCK = 4;
/** The Householder reflection H = I − factor·v·vᵀ. */
interface Reflection {
  readonly v: Float64Array;
  /** A buffer for one row of Vᵀq. */
  readonly sums: Float64Array;
  factor: number;
}
type Block = readonly [Reflection, Reflection, Reflection, Reflection];

/**
 * Multiplies the rows and columns of q from `begin` on, in place, by H₀·H₁·H₂·H₃ from the left: q − V·T·(Vᵀq) with T upper
 * triangular (the compact WY form; Schreiber & Van Loan 1989).
 */
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

/** Returns the matrix T [4, 4] of the compact WY form, row-major: T_kk = factor_k, and above the diagonal T_:k = −factor_k·T·(Vᵀv_k). */
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
 * Draws `gain` times a matrix with orthonormal columns, or orthonormal rows where it has more columns than rows (Saxe, McClelland & Ganguli
 * 2013). The rows are the first axis of the shape, the columns all others together.
 */
export const orthogonal =
  (gain: number): Fill =>
  (out, shape, random) => {
    const [first, rest] = [shape[0]!, sizeOf(shape.slice(1))];
    const [rows, columns] = [Math.max(first, rest), Math.min(first, rest)];
    const q = haarColumns(rows, columns, random);
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[first >= rest ? i * columns + j : j * rows + i] = gain * q[i * columns + j]!;
  };

/**
 * Draws kernels [out, in, …] of a convolution that are zero except at their centre, where they are an orthogonal matrix
 * (delta-orthogonal; Xiao et al. 2018).
 */
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

/** Sets a weight [out, in, …] to `gain` times the identity, with zeros where it is not square; for convolutions at the centre of the kernel. */
export const identity =
  (gain: number): Fill =>
  (out, shape) => {
    const taps = sizeOf(shape.slice(2));
    const middle = shape.slice(2).reduce((at, k) => at * k + Math.floor(k / 2), 0);
    for (let i = 0; i < Math.min(shape[0]!, shape[1]!); i++) out[(i * shape[1]! + i) * taps + middle] = gain;
  };
