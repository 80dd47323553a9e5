import type { Activation } from "../activation.js";
import type { BranchStep } from "../branch.js";
import { gaussian, throughBranch } from "../branch.js";
import type { Prediction, Unknown } from "../prediction.js";
import { normBranch, residualLaw, singleBranch } from "./residual.js";

/** The placement of layer normalisation in residual blocks. */
export type NormPlacement = "pre" | "post" | "sandwich" | "deepnorm";

/** Residual feed-forward blocks W·φ(·) in series, with layer normalisation. */
export interface PlacedNet {
  readonly phi: Activation;
  readonly placement: NormPlacement;
  readonly depth: number;
  readonly sigmaW2?: number;
  readonly width?: number;
}

/**
 * Computes DeepNorm's α = (2N)^{1/4} and β = (8N)^{−1/4} for a Transformer of N layers, encoder-only or decoder-only, with two residual sublayers each (Wang
 * et al. 2022, table 1); `sublayers` is 2N.
 */
export function deepNormScales(sublayers: number): { readonly alpha: number; readonly beta: number } {
  return { alpha: sublayers ** 0.25, beta: (4 * sublayers) ** -0.25 };
}

/** Predicts ln G by placement: pre-LN x + F(LN x), post-LN LN(x + F(x)), sandwich x + LN(F(LN x)), DeepNorm LN(α·x + F(x)) with weights of F times β. */
export function placedLaw(net: PlacedNet): Prediction | Unknown {
  const { phi, placement, depth, sigmaW2 = 2, width } = net;
  const size = width === undefined ? {} : { width };
  if (placement === "pre") return residualLaw({ branch: normBranch(phi, "layer", 1, sigmaW2), depth, ...size });
  if (placement === "post") return residualLaw({ branch: singleBranch(phi, sigmaW2), depth, trunkNorm: "layer", ...size });
  if (placement === "sandwich") {
    const branch: readonly BranchStep[] = [...normBranch(phi, "layer", 1, sigmaW2), { kind: "norm", norm: "layer" }];
    return residualLaw({ branch, depth, ...size });
  }
  const { alpha, beta } = deepNormScales(depth);
  return residualLaw({ branch: singleBranch(phi, sigmaW2 * beta * beta), depth, skipScale: alpha, trunkNorm: "layer", ...size });
}

/** The gradient norm ‖∂loss/∂W‖ of the last block's last matrix, relative to its limit for depth 0. */
export interface LastLayer {
  /** ln of the norm (not squared). */
  readonly lnNorm: number;
  readonly assumptions: readonly string[];
  readonly source: string;
}

/**
 * Predicts the gradient norm of the last block's weights over depth L (Xiong et al. 2020, theorem 1). Pre-LN: c/√(1 + k·L), because the final norm divides by
 * the trunk's root mean square, and the trunk's mean square grows by k = E[F²] per block. Post-LN: constant. Unknown for other placements.
 */
export function lastLayerNorm(net: PlacedNet): LastLayer | Unknown {
  const { phi, placement, depth, sigmaW2 = 2 } = net;
  const source = "Xiong et al. 2020, theorem 1";
  if (placement === "post") return { lnNorm: 0, assumptions: ["initialisation, width → ∞"], source };
  if (placement !== "pre") return { unknown: `the gradient of the last layer's weights is not known for ${placement} placement` };
  const effect = throughBranch(normBranch(phi, "layer", 1, sigmaW2), gaussian(1), undefined, false);
  if (!effect) return { unknown: "the branch has no law" };
  return {
    lnNorm: -0.5 * Math.log(1 + effect.value.square * depth),
    assumptions: ["a final norm before the head; trunk starts at mean square 1; width → ∞"],
    source,
  };
}
