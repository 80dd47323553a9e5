import type { Bound } from "../passes/bind.js";
import type { NonFinite } from "../probe/first-non-finite.js";
import type { Measurement } from "../probe/measurement.js";
import type { Structure } from "../structure/types.js";
import type { ProfileData, Verdict } from "../verdict/types.js";

/** Everything a finding may rest on. */
export interface Evidence {
  readonly bound: Bound;
  readonly structure: Structure;
  /** One per replicate; the first is the user's batch. */
  readonly measurements: readonly Measurement[];
  readonly data: ProfileData;
  readonly verdict: Verdict;
  /** Number of examples in a batch. */
  readonly examples: number;
  /** Whether examples influence each other (training-mode normalisation over the batch); undefined with one example. */
  readonly mixing: boolean | undefined;
  /** Number of examples whose gradient is exactly zero. */
  readonly zeroExamples: number;
  readonly nonFinite: NonFinite | undefined;
  /** Largest Hessian eigenvalue, when a learning rate was given. */
  readonly curvature: { readonly lambdaMax: number; readonly learningRate: number } | undefined;
  readonly lossScale: number | undefined;
}
