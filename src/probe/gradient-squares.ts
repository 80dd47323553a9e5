import { lnSquares } from "./probe.js";
import type { Probe } from "./probe.js";

/** A cotangent, and ln of the scale that the true one is larger by (absent: 1). */
export interface CotangentSite {
  readonly cotangent: string;
  readonly logScale?: string;
}

/**
 * ln Σ g² per example of a cotangent: a sum over features and space (science: the gradient profile). One element when the value has no
 * row per example. −Infinity where every element is 0, NaN where one is not finite.
 */
export const gradientSquares: Probe<CotangentSite, readonly number[]> = (c, site) => {
  const read = lnSquares(c, site.cotangent, c.careful?.backward === true);
  const scale = site.logScale === undefined ? undefined : c.fetch(site.logScale);
  return (get) => {
    const shift = scale === undefined ? 0 : 2 * get(scale).data[0]!;
    return read(get).map((ln) => ln + shift);
  };
};
