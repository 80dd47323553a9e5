import { cutActivation } from "./activation-squares.js";
import { cutCollapse } from "./collapse.js";
import { cutGradient, parameterGradient } from "./gradient-squares.js";
import { parameterLostShare } from "./lost-share.js";
import type { CotangentSite, CutProbe, CutSite, ParameterProbe, Probe, ProbeContext, Reader } from "./probe.js";

/** What is measured at every cut of the trunk, by the field of a reading. */
export const CUT_PROBES = {
  lnGradientSquares: cutGradient,
  activation: cutActivation,
  collapse: cutCollapse,
} as const satisfies Readonly<Record<string, CutProbe<unknown>>>;

/** What is measured of every parameter's gradient, by the field of a reading. */
export const PARAMETER_PROBES = {
  lnGradient: parameterGradient,
  lost: parameterLostShare,
} as const satisfies Readonly<Record<string, ParameterProbe<unknown>>>;

/** The results of probes, by their names. */
type ReadingOf<P> = { readonly [K in keyof P]: P[K] extends { readonly attach: Probe<infer _, infer R> } ? R : never };

/** The measurements at one cut of the trunk; numbers are one for each example where the values have a row for each, else one in all. */
export type CutReading = ReadingOf<typeof CUT_PROBES>;

/** The measurements of one parameter's gradient. */
export type GradientReading = ReadingOf<typeof PARAMETER_PROBES>;

/** Joins readers by name into one that gives a record; in a plain loop, for it runs at every cut of every trial. */
const joined =
  <R>(readers: readonly (readonly [name: string, read: Reader<unknown>])[]): Reader<R> =>
  (get) => {
    const reading: Record<string, unknown> = {};
    for (const [name, read] of readers) reading[name] = read(get);
    return reading as R;
  };

/** Appends all probes of a cut, in their order; `as` is told the role of each before its nodes are appended. */
export const cutReader = (c: ProbeContext, site: CutSite, as: (role: CutProbe<unknown>["role"]) => void): Reader<CutReading> =>
  joined(
    Object.entries(CUT_PROBES).map(([name, { role, attach }]) => {
      as(role);
      return [name, attach(c, site)] as const;
    }),
  );

/** Appends all probes of a parameter's gradient, in their order; `site` is undefined where no gradient reaches it. */
export const gradientReader = (c: ProbeContext, site: CotangentSite | undefined, elements: boolean): Reader<GradientReading> =>
  joined(
    Object.entries<ParameterProbe<unknown>>(PARAMETER_PROBES).map(([name, { absent, ofElements, attach }]) => {
      const read = site && (elements || !ofElements) ? attach(c, site) : (): unknown => absent;
      return [name, read] as const;
    }),
  );
