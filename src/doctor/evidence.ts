import type { Graph } from "../graph/graph.js";
import type { Bound } from "../passes/bind.js";
import { onTrunk } from "../probe/check-readings.js";
import type { CheckReadings } from "../probe/check-readings.js";
import type { NonFinite } from "../probe/first-non-finite.js";
import type { Structure } from "../structure/types.js";
import type { JudgedChain } from "../verdict/chains.js";
import type { Decision, Verdict } from "../verdict/types.js";

/** Everything a finding may rest on: the network, its readings, of which batch 0 is the user's, and what was judged of them. */
export interface Evidence extends CheckReadings {
  readonly bound: Bound;
  /** The main trunk. */
  readonly structure: Structure;
  /** Every chain of blocks that was judged. */
  readonly chains: readonly JudgedChain[];
  /** The gravest of them, or the one that is being looked at (see `onChain`). */
  readonly chain: JudgedChain;
  /** The verdict on the network: that on the gravest chain, unless results are not finite. */
  readonly verdict: Verdict;
  /** Number of examples in a batch. */
  readonly examples: number;
  /** Whether examples influence each other (training-mode normalisation over the batch); undefined with one example. */
  readonly mixing: boolean | undefined;
  /** Number of examples whose gradient is exactly zero. */
  readonly zeroExamples: number;
  /** One factor on all weights of the gravest ill chain, tried with those of the others, and the verdict with them (see `onChain`); null where none was. */
  readonly cure: { readonly factor: number; readonly verdict: Decision } | null;
  readonly nonFinite: NonFinite | undefined;
  /** The graph that it lies in: the network, or what leads to outputs besides. */
  readonly nonFiniteIn: Graph;
  /** Largest Hessian eigenvalue, when a learning rate was given. */
  readonly curvature: { readonly lambdaMax: number; readonly learningRate: number } | undefined;
  readonly lossScale: number | undefined;
  /** What the network gives with its norms in the mode of the file, where they were measured with the statistics of the batch instead. */
  readonly stored?: { readonly decision: Decision } | undefined;
}

/** Returns the evidence as a rule takes it that looks at one chain: with the chain's trunk, profile, verdict and cure. */
export const onChain = (e: Evidence, chain: JudgedChain): Evidence => ({
  ...e,
  ...onTrunk(e, chain.start),
  chain,
  structure: chain.structure,
  verdict: chain.verdict,
  cure: chain.cure ?? null,
});

/** Returns the evidence once for each trunk of which a chain was judged, the main one first. */
export const onTrunks = (e: Evidence): readonly Evidence[] =>
  e.chains.filter((c, i) => e.chains.findIndex((other) => other.structure === c.structure) === i).map((c) => onChain(e, c));
