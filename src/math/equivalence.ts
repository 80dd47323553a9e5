import { studentQuantile } from "./special-functions.js";
import { simultaneousLevel } from "./estimate.js";
import type { Estimate } from "./estimate.js";

/** The outcome of an equivalence test of a mean against a predicted value within a margin. */
export type Equivalence = "equal" | "different" | "undecided";

/** The quantities from which the margin of a total is computed; logarithms are natural and of squares. */
export interface MarginParts {
  /** L, the number of layers or blocks that the total sums over. */
  readonly layers: number;
  /** ln of the predicted factor on the square per layer. */
  readonly lnRate: number;
  /** How far a network of finite size may lie from its law, in ln (`Prediction.band`). */
  readonly band?: number;
}

/** The smallest margin on a total, in ln. */
const LEAST = 0.1;
/** The relative error of the predicted total that the margin admits. */
const SHARE = 0.02;

/** The margin within which ln of a measured total counts as equal to ln of the predicted one: max(.1, .02·L·|ln rate|, band). */
export const marginOf = ({ layers, lnRate, band = 0 }: MarginParts): number => Math.max(LEAST, SHARE * layers * Math.abs(lnRate), band);

/**
 * Tests whether a mean equals the predicted value within the margin, all in the unit of the estimate. `equal`: the whole interval lies within the margin
 * (two one-sided tests, Schuirmann 1987); `different`: the whole interval lies outside it; else `undecided`. With an interval of level 1 − α either error
 * has probability at most α/2.
 */
export function equivalence(measured: Estimate, predicted: number, margin: number): Equivalence {
  const [low, high] = [predicted - margin, predicted + margin];
  if (measured.low >= low && measured.high <= high) return "equal";
  if (measured.low > high || measured.high < low) return "different";
  return "undecided";
}

/** Tells on which side of a bound the whole interval of a mean lies; `undecided` where it contains the bound. */
export function sideOf(measured: Estimate, bound: number): "above" | "below" | "undecided" {
  if (measured.low > bound) return "above";
  return measured.high < bound ? "below" : "undecided";
}

/**
 * Returns the smallest number of seeds, at least 20, for which Student's interval of values with this standard deviation is at most half a margin wide on
 * either side. A correct prediction is then found `equal` in at least 98 % of runs.
 */
export function seedsFor({
  deviation,
  margin,
  comparisons = 1,
}: {
  readonly deviation: number;
  readonly margin: number;
  readonly comparisons?: number;
}): number {
  const tail = (1 + simultaneousLevel(comparisons)) / 2;
  const fits = (n: number): boolean => studentQuantile(tail, n - 1) * deviation <= (margin / 2) * Math.sqrt(n);
  let [low, high] = [LEAST_SEEDS, LEAST_SEEDS];
  while (!fits(high) && high < 1e9) [low, high] = [high, 2 * high];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** The smallest number of seeds that the protocol allows for trials at initialisation. */
const LEAST_SEEDS = 20;
