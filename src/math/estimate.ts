import { invariant } from "../util/errors.js";
import { stream } from "../util/random.js";
import { studentQuantile } from "./special-functions.js";
import { mean, quantile, standardError, variance } from "./statistics.js";

/** A mean over seeds and its confidence interval, in the unit of the values. */
export interface Estimate {
  readonly value: number;
  /** Infinite with fewer than two values, or where one is not finite. */
  readonly low: number;
  readonly high: number;
  /** Number of seeds; of pairs, for a correlation. */
  readonly seeds: number;
  /** Confidence of the interval: 1 − .05/m where m claims are judged together. */
  readonly level: number;
  /** How the interval was computed; `score` is for a proportion or the difference of two, `fisher-z` for a correlation. */
  readonly method: "student" | "bootstrap-t" | "score" | "fisher-z";
}

/** Options of a confidence interval. */
export interface EstimateOptions {
  /** m, the number of claims that are judged together (default 1): the interval's level is 1 − .05/m, so that all hold at once with 95 % (Bonferroni). */
  readonly comparisons?: number;
  /** `bootstrap-t` suits skewed values; it needs about 15 of them, and is wider than Student's interval for few. */
  readonly method?: "student" | "bootstrap-t";
  /** Seed of the bootstrap resamples (default 1). */
  readonly seed?: number;
}

/** The chance that any of the claims that are judged together is judged wrongly. */
const ERROR_RATE = 0.05;

/** The level of each interval where m claims are judged together: 1 − .05/m (Bonferroni). */
export function simultaneousLevel(comparisons: number): number {
  invariant(Number.isInteger(comparisons) && comparisons >= 1, `at least one claim is judged, not ${comparisons}`);
  return 1 - ERROR_RATE / comparisons;
}

/**
 * Estimates the mean of one number per seed with a confidence interval. Student's interval, x̄ ± t·s/√n, is exact for normal values, and logarithms of
 * gradients are nearly normal (Hanin 2018). Bootstrap-t replaces Student's quantiles by those of (x̄* − x̄)/se* over resamples (Efron 1981; Hall 1988).
 * Where a value is not finite, the estimate is NaN and its interval unbounded, so that nothing is decided on it.
 */
export function estimate(values: readonly number[], { comparisons = 1, method = "student", seed = 1 }: EstimateOptions = {}): Estimate {
  const level = simultaneousLevel(comparisons);
  const about = { seeds: values.length, level, method };
  if (values.length < 2 || !values.every(Number.isFinite)) {
    return { value: values.every(Number.isFinite) ? mean(values) : NaN, low: -Infinity, high: Infinity, ...about };
  }
  const value = mean(values);
  const error = standardError(values);
  if (error === 0) return { value, low: value, high: value, ...about };
  if (method === "student") {
    const half = studentQuantile((1 + level) / 2, values.length - 1) * error;
    return { value, low: value - half, high: value + half, ...about };
  }
  const [below, above] = studentisedQuantiles(values, level, seed);
  return { value, low: value - above * error, high: value - below * error, ...about };
}

/** How many resamples are expected beyond each end of the interval; the number of resamples follows from it. */
const BEYOND = 50;

/** The quantiles (1 ∓ level)/2 of (x̄* − x̄)/se* over resamples of the values. A resample of equal values has se* = 0 and counts as ±Infinity. */
function studentisedQuantiles(values: readonly number[], level: number, seed: number): readonly [number, number] {
  const n = values.length;
  const center = mean(values);
  const count = Math.max(1999, Math.ceil((2 * BEYOND) / (1 - level)) - 1);
  const random = stream(seed, "bootstrap-t");
  const t = new Float64Array(count);
  for (let r = 0; r < count; r++) {
    let [sum, squares] = [0, 0];
    for (let i = 0; i < n; i++) {
      const d = values[Math.floor(random.uniform(r * n + i) * n)]! - center;
      sum += d;
      squares += d * d;
    }
    const spread = Math.sqrt(Math.max(0, squares - (sum * sum) / n) / (n - 1) / n);
    t[r] = sum === 0 ? 0 : sum / n / spread;
  }
  t.sort();
  return [quantile(t, (1 - level) / 2), quantile(t, (1 + level) / 2)];
}

/** Estimates the difference x̄ − ȳ of the means of independent samples with unequal variances, by Welch's interval with Satterthwaite's degrees of freedom. */
export function differenceOf(xs: readonly number[], ys: readonly number[], options: Pick<EstimateOptions, "comparisons"> = {}): Estimate {
  const level = simultaneousLevel(options.comparisons ?? 1);
  const about = { seeds: Math.min(xs.length, ys.length), level, method: "student" as const };
  const value = mean(xs) - mean(ys);
  const bounded = xs.length > 1 && ys.length > 1 && Number.isFinite(value);
  if (!bounded) return { value, low: -Infinity, high: Infinity, ...about };
  const [a, b] = [variance(xs) / xs.length, variance(ys) / ys.length];
  if (a + b === 0) return { value, low: value, high: value, ...about };
  const freedom = (a + b) ** 2 / (a ** 2 / (xs.length - 1) + b ** 2 / (ys.length - 1));
  const half = studentQuantile((1 + level) / 2, freedom) * Math.sqrt(a + b);
  return { value, low: value - half, high: value + half, ...about };
}

/** Estimates the slope of y over x: a least-squares line is fitted for every seed, and the slopes are averaged over seeds. `rows[s][i]` is y of seed s at `xs[i]`. */
export function slopeOf(xs: readonly number[], rows: readonly (readonly number[])[], options: EstimateOptions = {}): Estimate {
  const center = mean(xs);
  const spread = xs.reduce((s, x) => s + (x - center) ** 2, 0);
  return estimate(
    rows.map((ys) => xs.reduce((s, x, i) => s + (x - center) * ys[i]!, 0) / spread),
    options,
  );
}
