import type { Prediction } from "../prediction.js";

/** A layer W·join(x_1, …, x_k) with random weights, where k values of n features each are concatenated, summed, or averaged. */
export interface JoinedLayer {
  readonly join: "concat" | "add" | "mean";
  /** k. */
  readonly values: number;
  /** n, the features of each value. The law does not depend on the number of output features. */
  readonly features: number;
  /** σ_w², to be divided by the fan-in (k·n for a concatenation), or the standard deviation of every weight. */
  readonly init: { readonly weightVariance: number } | { readonly std: number };
}

/**
 * Predicts the squared gradient at one of the joined values over that at the layer's product: in expectation n·Var(w), divided by k² for a mean. A fan-in
 * initialisation has Var(w) = σ_w²/(k·n) for a concatenation and σ_w²/n otherwise: the division by k comes from the variance of the weights, not from the
 * join. A squared gradient is a sum of n squares of Gaussian numbers, so ln of it has mean −1/n and variance 2/n about the logarithm of its expectation.
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
