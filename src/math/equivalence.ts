import { studentQuantile } from "./special-functions.js";
import { simultaneousLevel } from "./estimate.js";
import type { Estimate } from "./estimate.js";

/** What an interval says of a value, give or take a margin. */
export type Equivalence = "equal" | "different" | "undecided";

/** What the margin of a total follows from. */
export interface MarginParts {
  /** L, how many layers or blocks the total is over. */
  readonly layers: number;
  /** ln of the predicted factor on the square per layer. */
  readonly lnRate: number;
  /** How far a finite network may lie from its law: of the prediction. */
  readonly band?: number;
}

/** The least margin on a total: a tenth in ln. */
const LEAST = 0.1;
/** The share of the predicted total that a rate may be off. */
const SHARE = 0.02;

/** How far ln of a measured total may lie from ln of the predicted one: max(.1, .02·L·|ln rate|, the predicted finite-size term). */
export const marginOf = ({ layers, lnRate, band = 0 }: MarginParts): number => Math.max(LEAST, SHARE * layers * Math.abs(lnRate), band);

/**
 * Whether a mean is the predicted value give or take the margin. `equal`: its whole interval lies within the margin (two one-sided tests, Schuirmann 1987);
 * `different`: its whole interval lies beyond it; else `undecided`. An interval of level 1 − α makes either error with probability at most α/2.
 */
export function equivalence(measured: Estimate, predicted: number, margin: number): Equivalence {
  const [low, high] = [predicted - margin, predicted + margin];
  if (measured.low >= low && measured.high <= high) return "equal";
  if (measured.low > high || measured.high < low) return "different";
  return "undecided";
}

/** On which side of a bound a mean lies, its whole interval with it. */
export function sideOf(measured: Estimate, bound: number): "above" | "below" | "undecided" {
  if (measured.low > bound) return "above";
  return measured.high < bound ? "below" : "undecided";
}

/**
 * The fewest seeds, at least 20, with which Student's interval of values of this deviation reaches half a margin to either side: a prediction that is right
 * is then called `equal` in nearly every run (98 % and more).
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

/** Seeds of a trial at initialisation, by the protocol. */
const LEAST_SEEDS = 20;
