import { invariant } from "../util/errors.js";
import { studentQuantile } from "./special-functions.js";
import { mean } from "./statistics.js";
import { simultaneousLevel } from "./estimate.js";
import type { Estimate, EstimateOptions } from "./estimate.js";

/** Computes the ranks 1 … n of some values; equal values share their mean rank. */
export function ranks(values: readonly number[]): readonly number[] {
  const order = values.map((v, i) => ({ v, i })).sort((a, b) => a.v - b.v);
  const found = new Array<number>(values.length);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && order[to]!.v === order[from]!.v) to++;
    for (let k = from; k < to; k++) found[order[k]!.i] = (from + 1 + to) / 2;
    from = to;
  }
  return found;
}

/** Degrees of freedom at which Student's quantiles equal the normal ones to seven digits. */
const NORMAL = 1e7;

/**
 * Estimates Spearman's rank correlation ρ ∈ [−1, 1] of n pairs with its confidence interval tanh(artanh ρ ± z·√((1 + ρ²/2)/(n − 3))) (Bonett & Wright
 * 2000). `seeds` counts the pairs. With fewer than four pairs the interval is [−1, 1]; ρ is NaN where a value is NaN or one of the two does not vary.
 */
export function rankCorrelation(
  xs: readonly number[],
  ys: readonly number[],
  { comparisons = 1 }: Pick<EstimateOptions, "comparisons"> = {},
): Estimate {
  invariant(xs.length === ys.length, "a correlation is one of pairs");
  const level = simultaneousLevel(comparisons);
  const about = { seeds: xs.length, level, method: "fisher-z" as const };
  const [a, b] = [centred(ranks(xs)), centred(ranks(ys))];
  const [aa, bb, ab] = [dot(a, a), dot(b, b), dot(a, b)];
  if (![...xs, ...ys].every((v) => !Number.isNaN(v)) || aa === 0 || bb === 0) return { value: NaN, low: -Infinity, high: Infinity, ...about };
  const value = Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb)));
  if (xs.length < 4) return { value, low: -1, high: 1, ...about };
  const half = studentQuantile((1 + level) / 2, NORMAL) * Math.sqrt((1 + value ** 2 / 2) / (xs.length - 3));
  const z = Math.atanh(value);
  return { value, low: Math.tanh(z - half), high: Math.tanh(z + half), ...about };
}

const centred = (v: readonly number[]): readonly number[] => v.map((x) => x - mean(v));
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((s, x, i) => s + x * b[i]!, 0);
