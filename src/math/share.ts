import { invariant } from "../util/errors.js";
import { studentQuantile } from "./special-functions.js";
import { simultaneousLevel } from "./estimate.js";
import type { Estimate } from "./estimate.js";

/** A count k (`of`) out of n (`among`), 0 ≤ k ≤ n. */
export interface Count {
  readonly of: number;
  readonly among: number;
}

/** Degrees of freedom at which Student's quantiles equal the normal ones to eight digits. */
const NORMAL = 1e8;

/**
 * Estimates a proportion k/n with Wilson's score interval (Wilson 1927), (k + z²/2 ± z·√(k(n − k)/n + z²/4))/(n + z²): the proportions p that a test of
 * k ~ Binomial(n, p), by the normal approximation with the variance at p, does not reject. Unlike k/n ± z·√(…/n) it has a width where k is 0 or n.
 */
export function share(count: Count, { comparisons = 1 }: { readonly comparisons?: number } = {}): Estimate {
  const { of: k, among: n } = count;
  invariant(Number.isInteger(k) && Number.isInteger(n) && k >= 0 && n > 0 && k <= n, `${k} of ${n} is no share`);
  const level = simultaneousLevel(comparisons);
  const z = studentQuantile((1 + level) / 2, NORMAL);
  const half = z * Math.sqrt((k * (n - k)) / n + (z * z) / 4);
  const middle = k + (z * z) / 2;
  const low = k === 0 ? 0 : (middle - half) / (n + z * z);
  const high = k === n ? 1 : (middle + half) / (n + z * z);
  return { value: k / n, low, high, seeds: n, level, method: "score" };
}

/**
 * Estimates the difference a − b of two proportions of independent samples, with the hybrid score interval (Newcombe 1998, his method 10): the distances of
 * each proportion from the ends of its Wilson interval are added in squares. For positively dependent pairs (equal seeds) the interval is too wide.
 */
export function shareDifference(a: Count, b: Count, options: { readonly comparisons?: number } = {}): Estimate {
  const [p, q] = [share(a, options), share(b, options)];
  const value = p.value - q.value;
  return {
    value,
    low: value - Math.hypot(p.value - p.low, q.high - q.value),
    high: value + Math.hypot(p.high - p.value, q.value - q.low),
    seeds: Math.min(a.among, b.among),
    level: p.level,
    method: "score",
  };
}
