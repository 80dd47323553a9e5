import { lnSum } from "../math/statistics.js";
import type { ActivationSquares } from "./activation-squares.js";
import type { Moment, Readings } from "./readings.js";

/** What flows through a value: ln Σg² of each example on the way back, ln Σx² of each on the way forward; one number in all where it has no row for each. */
export interface Flow {
  /** Undefined where no gradient reaches the value. */
  readonly lnGradientSquares: readonly number[] | undefined;
  readonly activation: ActivationSquares;
}

/** Returns what flows through a site in one batch, from its readings of norms; of a log that has none, from those of ½ ln mean x². */
export function flowAt(readings: Readings, site: number, moment: Moment): Flow {
  const squares = (quantity: "ln-gradient" | "ln-norm" | "ln-activation"): readonly number[] =>
    readings.values(quantity, site, moment).map((v) => 2 * v);
  const gradient = squares("ln-gradient");
  const elements = readings.at("elements", site, moment);
  return {
    lnGradientSquares: gradient.length === 0 ? undefined : gradient,
    activation: elements === undefined ? { lnSquares: squares("ln-activation"), elements: 1 } : { lnSquares: squares("ln-norm"), elements },
  };
}

/** ½ ln Σ g² over the whole batch; −Infinity where no gradient arrives. */
export const lnGradientOf = ({ lnGradientSquares }: Flow): number => (lnGradientSquares ? 0.5 * lnSum(lnGradientSquares) : -Infinity);

/** ½ ln mean x² over the whole batch. */
export const lnActivationOf = ({ activation: { lnSquares, elements } }: Flow): number =>
  0.5 * (lnSum(lnSquares) - Math.log(elements * lnSquares.length));

/**
 * Computes ln of the gradient scale coefficient from a value to the end, ½ ln (Σg²·mean x²) at the value minus the same at the end (Philipp, Song &
 * Carbonell 2017): the mean over the examples for which it is defined, or over the whole batch where a value has no row per example. Null where it is not
 * defined.
 */
export function lnScaleFreeOf(at: Flow, end: Flow): number | null {
  const [here, there] = [at, end].map((f) => f.lnGradientSquares);
  if (!here || !there) return null;
  const rows = [here, there, at.activation.lnSquares, end.activation.lnSquares].every((l) => l.length === here.length && l.length > 1);
  if (rows) {
    const size = Math.log(at.activation.elements) - Math.log(end.activation.elements);
    const each = here.map((g, e) => 0.5 * (g + at.activation.lnSquares[e]! - there[e]! - end.activation.lnSquares[e]! - size));
    const defined = each.filter(Number.isFinite);
    if (defined.length > 0) return defined.reduce((s, v) => s + v, 0) / defined.length;
  }
  const [own, last] = [at, end].map((f) => lnGradientOf(f) + lnActivationOf(f)) as [number, number];
  return Number.isNaN(own - last) || last === -Infinity ? null : own - last;
}
