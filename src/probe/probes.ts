import { cutActivation } from "./activation-squares.js";
import { cutCollapse } from "./collapse.js";
import { cutGradient, parameterGradient } from "./gradient-squares.js";
import { parameterLostShare } from "./lost-share.js";
import type { CotangentSite, CutProbe, CutSite, ParameterProbe, Probe, ProbeContext, Reader } from "./probe.js";
import type { Quantified } from "./quantities.js";

/** What is measured at every cut of the trunk, by the field of its results. */
export const CUT_PROBES = {
  lnGradientSquares: cutGradient,
  activation: cutActivation,
  collapse: cutCollapse,
} as const satisfies Readonly<Record<string, CutProbe<unknown>>>;

/** What is measured of every parameter's gradient, by the field of its results. */
export const PARAMETER_PROBES = {
  lnGradient: parameterGradient,
  lost: parameterLostShare,
} as const satisfies Readonly<Record<string, ParameterProbe<unknown>>>;

/** The results of probes, by their names. */
type ResultsOf<P> = { readonly [K in keyof P]: P[K] extends { readonly attach: Probe<infer _, infer R> } ? R : never };

/** What the probes of a cut found in one run; numbers are one for each example where the values have a row for each, else one in all. */
export type CutResults = ResultsOf<typeof CUT_PROBES>;

/** What the probes of a parameter's gradient found in one run. */
export type GradientResults = ResultsOf<typeof PARAMETER_PROBES>;

/** Returns the results of a cut's probes in quantities. */
export const cutQuantities = (results: CutResults): Quantified => quantified(CUT_PROBES, results);

/** Returns the results of a parameter's probes in quantities. */
export const gradientQuantities = (results: GradientResults): Quantified => quantified(PARAMETER_PROBES, results);

function quantified<P extends Readonly<Record<string, { quantities(result: never): Quantified }>>>(probes: P, results: ResultsOf<P>): Quantified {
  const found: Quantified = {};
  for (const [name, probe] of Object.entries(probes)) Object.assign(found, probe.quantities(results[name] as never));
  return found;
}

/** Joins readers by name into one that gives a record; in a plain loop, for it runs at every cut of every trial. */
const joined =
  <R>(readers: readonly (readonly [name: string, read: Reader<unknown>])[]): Reader<R> =>
  (get) => {
    const results: Record<string, unknown> = {};
    for (const [name, read] of readers) results[name] = read(get);
    return results as R;
  };

/** Appends all probes of a cut, in their order; `as` is told the role of each before its nodes are appended. */
export const cutReader = (c: ProbeContext, site: CutSite, as: (role: CutProbe<unknown>["role"]) => void): Reader<CutResults> =>
  joined(
    Object.entries(CUT_PROBES).map(([name, { role, attach }]) => {
      as(role);
      return [name, attach(c, site)] as const;
    }),
  );

/** Appends all probes of a parameter's gradient, in their order; `site` is undefined where no gradient reaches it. */
export const gradientReader = (c: ProbeContext, site: CotangentSite | undefined, elements: boolean): Reader<GradientResults> =>
  joined(
    Object.entries<ParameterProbe<unknown>>(PARAMETER_PROBES).map(([name, { absent, ofElements, attach }]) => {
      const read = site && (elements || !ofElements) ? attach(c, site) : (): unknown => absent;
      return [name, read] as const;
    }),
  );
