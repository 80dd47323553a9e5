import { invariant } from "../util/errors.js";
import { stream } from "../util/random.js";
import { studentQuantile } from "./special-functions.js";
import { mean, quantile, standardError, variance } from "./statistics.js";

/** A mean over seeds with the interval that decides. */
export interface Estimate {
  readonly value: number;
  /** Infinite where the values do not bound it: fewer than two of them. */
  readonly low: number;
  readonly high: number;
  /** Number of seeds; of pairs, for a correlation. */
  readonly seeds: number;
  /** Confidence of the interval: 1 − .05/m in a panel of m claims. */
  readonly level: number;
  /** `score`: of a share, or of the difference of two. */
  readonly method: "student" | "bootstrap-t" | "score" | "fisher-z";
}

/** How an interval is made. */
export interface EstimateOptions {
  /** m, the number of claims that are decided together (default 1): the interval's level is 1 − .05/m, so that all hold at once with 95 % (Bonferroni). */
  readonly panel?: number;
  /** `bootstrap-t` for values that are skew; it needs about 15 of them, and is wider than Student's where they are few. */
  readonly method?: "student" | "bootstrap-t";
  /** Seed of the resamples. */
  readonly seed?: number;
}

/** What may go wrong in a whole panel of claims. */
const ERROR_RATE = 0.05;

/** The level at which each of m claims is decided. */
export function panelLevel(panel: number): number {
  invariant(Number.isInteger(panel) && panel >= 1, `a panel has at least one claim, not ${panel}`);
  return 1 - ERROR_RATE / panel;
}

/**
 * The mean of one number per seed and its interval. Student's: x̄ ± t·s/√n, exact for normal values, as logarithms of gradients nearly are (Hanin 2018).
 * Bootstrap-t: quantiles of (x̄* − x̄)/se* over resamples take the place of Student's (Efron 1981; Hall 1988). Values that are not finite have no mean: the
 * estimate is NaN and its interval unbounded, so that nothing is decided on it.
 */
export function estimate(values: readonly number[], { panel = 1, method = "student", seed = 1 }: EstimateOptions = {}): Estimate {
  const level = panelLevel(panel);
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

/** Resamples for every expected one beyond each end of the interval. */
const BEYOND = 50;

/** The quantiles (1 ∓ level)/2 of (x̄* − x̄)/se* over resamples of the values. A resample of equal values counts as infinitely far on its side. */
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

/** The difference of two means, x̄ − ȳ, of independent values of different spread: Welch's interval, with Satterthwaite's degrees of freedom. */
export function differenceOf(xs: readonly number[], ys: readonly number[], options: Pick<EstimateOptions, "panel"> = {}): Estimate {
  const level = panelLevel(options.panel ?? 1);
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

/** The slope of y over x by least squares, fitted seed by seed: one number per seed, then as any other estimate. `rows[s][i]` is y of seed s at `xs[i]`. */
export function slopeOf(xs: readonly number[], rows: readonly (readonly number[])[], options: EstimateOptions = {}): Estimate {
  const center = mean(xs);
  const spread = xs.reduce((s, x) => s + (x - center) ** 2, 0);
  return estimate(
    rows.map((ys) => xs.reduce((s, x, i) => s + (x - center) * ys[i]!, 0) / spread),
    options,
  );
}
