import { lnSquares } from "./probe.js";
import type { Probe } from "./probe.js";

/** A cotangent of the graph, and ln of the factor by which the true one is larger in a rescaled backward pass (absent: ln 1). */
export interface CotangentSite {
  readonly cotangent: string;
  readonly logScale?: string;
}

/**
 * Measures ln Σ g² of each example of a cotangent [examples], summed over features and positions, as in the gradient profile. One number in all where the
 * value has no row per example. −Infinity where every element is 0, NaN or Infinity where one is not finite.
 */
export const gradientSquares: Probe<CotangentSite, readonly number[]> = (c, site) => {
  const read = lnSquares(c, site.cotangent, c.careful?.backward === true);
  const scale = site.logScale === undefined ? undefined : c.fetch(site.logScale);
  return (get) => {
    const shift = scale === undefined ? 0 : 2 * get(scale).data[0]!;
    return read(get).map((ln) => ln + shift);
  };
};
