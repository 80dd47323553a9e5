import { studentQuantile } from "./special-functions.js";

/** A confidence interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Computes the arithmetic mean; NaN for an empty list. */
export function mean(values: readonly number[]): number {
  let sum = 0;
  for (const v of values) sum += v;
  return sum / values.length;
}

/** Computes the sample variance Σ(x − x̄)²/(n − 1); NaN for fewer than two values. */
export function variance(values: readonly number[]): number {
  if (values.length < 2) return NaN;
  const center = mean(values);
  let sum = 0;
  for (const v of values) sum += (v - center) ** 2;
  return sum / (values.length - 1);
}

/** Computes the standard error √(s²/n) of the mean of independent values. */
export function standardError(values: readonly number[]): number {
  return Math.sqrt(variance(values) / values.length);
}

/** Computes the `p`-quantile, 0 ≤ p ≤ 1, of values in ascending order, with linear interpolation between neighbours. */
export function quantile(sorted: ArrayLike<number>, p: number): number {
  const at = Math.min(Math.max(p, 0), 1) * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (at - below);
}

/** Computes Student's confidence interval of the mean, x̄ ± t·s/√n; null for fewer than two values. */
export function studentInterval(values: readonly number[], level = 0.95): Interval | null {
  if (values.length < 2) return null;
  const center = mean(values);
  const half = studentQuantile((1 + level) / 2, values.length - 1) * standardError(values);
  return { low: center - half, high: center + half };
}

/** Computes ln of the Euclidean norm of a vector from ln of the norms of its parts; −Infinity for an empty list, NaN where a part is NaN. */
export const lnNorm = (parts: readonly number[]): number => 0.5 * lnSum(parts.map((v) => 2 * v));

/** Computes ln Σ exp(vᵢ) without overflow; −Infinity for an empty list, NaN where a value is NaN. */
export function lnSum(values: readonly number[]): number {
  let top = -Infinity;
  for (const v of values) {
    if (Number.isNaN(v)) return NaN;
    if (v > top) top = v;
  }
  if (!Number.isFinite(top)) return top;
  let sum = 0;
  for (const v of values) sum += Math.exp(v - top);
  return top + Math.log(sum);
}
