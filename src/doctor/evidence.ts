import type { Bound } from "../passes/bind.js";
import type { CheckReadings } from "../probe/check-readings.js";
import type { NonFinite } from "../probe/first-non-finite.js";
import type { Structure } from "../structure/types.js";
import type { Decision, ProfileData, Verdict } from "../verdict/types.js";

/** Everything a finding may rest on: the network, its readings, of which batch 0 is the user's, and what was judged of them. */
export interface Evidence extends CheckReadings {
  readonly bound: Bound;
  readonly structure: Structure;
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
  /** What the network gives with its norms in the mode of the file, where they were measured with the statistics of the batch instead. */
  readonly stored?: { readonly decision: Decision } | undefined;
}
