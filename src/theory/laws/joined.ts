import type { Prediction } from "../prediction.js";

/** A layer W·join(x_1, …, x_k) of fresh weights: k values of n features each, side by side, summed, or averaged. */
export interface JoinedLayer {
  readonly join: "concat" | "add" | "mean";
  /** k. */
  readonly values: number;
  /** n, of each value. However many leave the layer, the law is the same. */
  readonly features: number;
  /** σ_w² over the fan-in (which grows with k where values lie side by side), or the deviation of every weight. */
  readonly init: { readonly weightVariance: number } | { readonly std: number };
}

/**
 * The squared gradient that the layer sends to one of the values it takes, over that of its product: E = n·Var(w), divided by k² where they are averaged.
 * With a fan-in initialisation Var(w) = σ_w²/(k·n) side by side, σ_w²/n otherwise: what divides by k is the variance of the weights, not the join.
 * One squared gradient is Σ over n features of a χ² each: its logarithm lies 1/n below and fluctuates by 2/n.
 */
export function joinedLaw({ join, values, features, init }: JoinedLayer): Prediction {
  const fanIn = join === "concat" ? values * features : features;
  const variance = "std" in init ? init.std ** 2 : init.weightVariance / fanIn;
  const lnExpected = Math.log(features * variance) - (join === "mean" ? 2 * Math.log(values) : 0);
  return {
    lnExpected,
    meanLn: lnExpected - 1 / features,
    sdLn: Math.sqrt(2 / features),
    band: 1 / features,
    assumptions: ["fresh Gaussian weights, independent of the gradient that arrives", "one example"],
    source: "own derivation: E‖W_xᵀ·g‖² = n·Var(w)·‖g‖²; He et al. 2015 for the fan-in",
  };
}
