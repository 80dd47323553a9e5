import type { Prediction, Unknown } from "../../theory/prediction.js";
import { isKnown } from "../../theory/prediction.js";
import type { ProfileResult } from "../../trial/measurements/profile.js";
import { marginOf } from "../../math/equivalence.js";
import type { Expected } from "../claim.js";

/** Returns ln of mean x_L²/mean x_0² by a law's profile. The band of the gradient is the activations' too: the same products, read forwards. Undefined where it is silent. */
export function forwardTotal(p: Prediction | Unknown, layers: number): Expected | undefined {
  if (!isKnown(p) || !p.profile) return undefined;
  const value = p.profile[p.profile.length - 1]!.lnMeanSquare - p.profile[0]!.lnMeanSquare;
  const band = Math.max(p.band, p.sdLn === null ? 0 : p.sdLn ** 2 / 2);
  return { value, margin: marginOf({ layers, lnRate: value / layers, band }), source: p.source };
}

/** How far a mean cosine may lie from its law. */
const COSINE = 0.03;

/** Returns the correlation of two examples at the output, by a law that follows it. */
export function cosineLaw(p: Prediction | Unknown): Expected | undefined {
  const value = isKnown(p) ? p.profile?.[p.profile.length - 1]!.correlation : undefined;
  return value === undefined || !isKnown(p) ? undefined : { value, margin: COSINE, source: p.source };
}

/** Returns the mean cosine of two examples at the output; NaN where it is not defined. */
export const cosineOf = (p: ProfileResult): number => p.cosine[p.cosine.length - 1] ?? NaN;
