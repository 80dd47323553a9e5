import { lnNorms, lnSquares, together } from "./probe.js";
import type { CotangentSite, CutProbe, ParameterProbe, Probe } from "./probe.js";

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

/** Measures ln Σ g² over all values of a cut, one number for each example where each value has a row for each; undefined where no gradient reaches it. */
export const cutGradient: CutProbe<readonly number[] | undefined> = {
  role: "backward",
  attach: (c, { gradients }) => {
    const readers = gradients.map((site) => gradientSquares(c, site));
    return (get) => (readers.length === 0 ? undefined : together(readers.map((r) => r(get))));
  },
  quantities: (lnGradientSquares) => ({ "ln-gradient": lnGradientSquares && lnNorms(lnGradientSquares) }),
};

/** Measures ½ ln Σ g² = ln ‖g‖ of a parameter; −Infinity where no gradient reaches it. */
export const parameterGradient: ParameterProbe<number> = {
  absent: -Infinity,
  attach: (c, site) => {
    const whole = gradientSquares({ ...c, examples: -1 }, site);
    return (get) => 0.5 * whole(get)[0]!;
  },
  quantities: (lnGradient) => ({ "ln-gradient": lnGradient }),
};
