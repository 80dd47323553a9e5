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
  const v = new Float64Array(rows);
  const dots = new Float64Array(columns);
  // The normals of reflection k stand behind those of the reflections before it.
  const offset = (k: number): number => k * rows - (k * (k - 1)) / 2;
  for (let k = columns - 1; k >= 0; k--) {
    let square = 0;
    for (let i = k; i < rows; i++) {
      v[i] = random.normal(offset(k) + i - k);
      square += v[i]! ** 2;
    }
    const first = v[k]!;
    const sign = first < 0 ? -1 : 1;
    const norm = Math.sqrt(square);
    // v = x + sign(x₁)·‖x‖·e₁ gives H x = −sign(x₁)·‖x‖·e₁, and vᵀv/2 = ‖x‖·(‖x‖ + |x₁|).
    v[k] = first + sign * norm;
    const factor = 1 / (norm * (norm + Math.abs(first)));
    q[k * columns + k] = -sign;
    reflect(q, rows, columns, k, v, factor, dots);
  }
  return q;
}

/** Rows and columns from `k` on become (I − factor·vvᵀ) times themselves. */
function reflect(q: Float64Array, rows: number, columns: number, k: number, v: Float64Array, factor: number, dots: Float64Array): void {
  dots.fill(0, k);
  for (let i = k; i < rows; i++) {
    const scale = v[i]! * factor;
    for (let j = k, at = i * columns + k; j < columns; j++, at++) dots[j]! += scale * q[at]!;
  }
  for (let i = k; i < rows; i++) {
    const scale = v[i]!;
    for (let j = k, at = i * columns + k; j < columns; j++, at++) q[at]! -= scale * dots[j]!;
  }
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
