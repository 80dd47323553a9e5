import { stream } from "../util/random.js";
import { studentQuantile } from "../math/special-functions.js";
import { quantile } from "../math/statistics.js";
import type { Spread } from "./types.js";

/** A spread, and the boundaries it lies between: `from` nearer the input. */
export interface PlacedSpread extends Spread {
  readonly from: number;
  readonly to: number;
}

/** From this many replicates on the bootstrap of t is used, below it Student's t. */
const BOOTSTRAP_FROM = 8;
const LEVEL = 0.95;

/** Returns the mean of the rows, each counted `weights[r]` times. */
function meanProfile(rows: readonly ArrayLike<number>[], weights?: Int32Array): Float64Array {
  const out = new Float64Array(rows[0]!.length);
  rows.forEach((row, r) => {
    const w = weights === undefined ? 1 : weights[r]!;
    if (w !== 0) for (let l = 0; l < out.length; l++) out[l]! += w * row[l]!;
  });
  for (let l = 0; l < out.length; l++) out[l]! /= rows.length;
  return out;
}

/** Returns the max over i ≤ j of sign·(p_i − p_j): with sign 1 the largest rise from the output towards the input, with −1 the largest fall; of equal ones the shortest stretch. */
export function largest(p: ArrayLike<number>, sign: 1 | -1): { value: number; from: number; to: number } {
  let best = { value: 0, from: 0, to: 0 };
  let low = p.length - 1;
  for (let i = p.length - 1; i >= 0; i--) {
    if (sign * p[i]! <= sign * p[low]!) low = i;
    const value = sign * (p[i]! - p[low]!);
    if (value > best.value) best = { value, from: i, to: low };
  }
  return best;
}

/** Returns √(s²/R) of the differences row[from] − row[to], each counted `weights[r]` times. */
function differenceError(rows: readonly ArrayLike<number>[], from: number, to: number, weights?: Int32Array): number {
  let [sum, squares] = [0, 0];
  const shift = rows[0]![from]! - rows[0]![to]!;
  rows.forEach((row, r) => {
    const w = weights === undefined ? 1 : weights[r]!;
    const d = row[from]! - row[to]! - shift;
    sum += w * d;
    squares += w * d * d;
  });
  const n = rows.length;
  return Math.sqrt(Math.max(0, squares - (sum * sum) / n) / (n - 1) / n);
}

/**
 * Returns the largest rise U and the largest fall D of the mean profile, each with its 95 % interval over the rows.
 *
 * The interval is a bootstrap of t over whole rows: t* = (U* − U)/s*, where s* is the standard error of the difference between the two
 * boundaries at which the resample has its own maximum (a maximum moves, to first order, like the difference between its boundaries, so no second
 * level of resampling is needed). A maximum over noise is biased upwards, and the resamples show by how much: the t* are shifted alike.
 * Below 8 rows resamples degenerate, and Student's t at the boundaries of the maximum is used; one row, or `interval` false: low = high = value.
 */
export function spreads(rows: readonly ArrayLike<number>[], interval: boolean, seed: number): { rise: PlacedSpread; fall: PlacedSpread } {
  const p = meanProfile(rows);
  const [rise, fall] = [largest(p, 1), largest(p, -1)];
  const n = rows.length;
  if (!interval || n < 2) return { rise: { ...rise, low: rise.value, high: rise.value }, fall: { ...fall, low: fall.value, high: fall.value } };
  const errors = [rise, fall].map((s) => differenceError(rows, s.from, s.to));
  if (n < BOOTSTRAP_FROM) {
    const t = studentQuantile((1 + LEVEL) / 2, n - 1);
    const placed = [rise, fall].map((s, k) => ({ ...s, low: Math.max(0, s.value - t * errors[k]!), high: s.value + t * errors[k]! }));
    return { rise: placed[0]!, fall: placed[1]! };
  }
  const resamples = Math.round(Math.min(1999, Math.max(499, 2e8 / (n * p.length))));
  const draws = stream(seed, "verdict/spread");
  const weights = new Int32Array(n);
  const values = [new Float64Array(resamples), new Float64Array(resamples)];
  const ts = [new Float64Array(resamples), new Float64Array(resamples)];
  for (let b = 0; b < resamples; b++) {
    weights.fill(0);
    for (let r = 0; r < n; r++) weights[Math.floor(draws.uniform(b * n + r) * n)]!++;
    const q = meanProfile(rows, weights);
    [rise, fall].forEach((s, k) => {
      const star = largest(q, k === 0 ? 1 : -1);
      const error = differenceError(rows, star.from, star.to, weights);
      values[k]![b] = star.value;
      ts[k]![b] = star.value === s.value ? 0 : (star.value - s.value) / (error > 0 ? error : errors[k]!);
    });
  }
  const placed = [rise, fall].map((s, k) => {
    const error = errors[k]!;
    // A profile without any rise has no boundaries to take an error at: the resamples' own rises bound it.
    if (error === 0)
      return { ...s, low: Math.min(s.value, quantile(values[k]!.sort(), 0.025)), high: Math.max(s.value, quantile(values[k]!.sort(), 0.975)) };
    const t = ts[k]!.sort();
    return {
      ...s,
      low: Math.max(0, s.value - quantile(t, (1 + LEVEL) / 2) * error),
      high: Math.max(0, s.value - quantile(t, (1 - LEVEL) / 2) * error),
    };
  });
  return { rise: placed[0]!, fall: placed[1]! };
}
