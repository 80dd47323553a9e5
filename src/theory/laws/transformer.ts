import type { Activation } from "../activation.js";
import type { BranchStep } from "../branch.js";
import { gaussian, throughBranch } from "../branch.js";
import type { Prediction, Unknown } from "../prediction.js";
import { normBranch, residualLaw, singleBranch } from "./residual.js";

/** Where residual blocks normalise their features. */
export type NormPlacement = "pre" | "post" | "sandwich" | "deepnorm";

/** A chain of residual feed-forward blocks W·φ(·) with layer normalisation. */
export interface PlacedNet {
  readonly phi: Activation;
  readonly placement: NormPlacement;
  readonly depth: number;
  readonly sigmaW2?: number;
  readonly width?: number;
}

/** α and β of DeepNorm for M residual sublayers, two to a Transformer layer (Wang et al. 2022, table 1, decoder-only and encoder-only: N = M/2): (2N)^{1/4}, (8N)^{−1/4}. */
export function deepNormScales(sublayers: number): { readonly alpha: number; readonly beta: number } {
  return { alpha: sublayers ** 0.25, beta: (4 * sublayers) ** -0.25 };
}

/** The residual chain that a placement is: pre-LN x + F(LN x), post-LN LN(x + F(x)), sandwich x + LN(F(LN x)), DeepNorm LN(α·x + β-scaled F(x)). */
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

/** ‖∂W‖ of the last block's last matrix, relative to the same in a net of depth 0 below it. */
export interface LastLayer {
  /** ln of the norm (not squared). */
  readonly lnNorm: number;
  readonly assumptions: readonly string[];
  readonly source: string;
}

/**
 * The gradient of the last block's weights over depth (Xiong et al. 2020, theorem 1): pre-LN c/√(1 + k·L), because the final norm divides by the trunk's root
 * mean square and the trunk's square grows by k = E[F²] a block; post-LN constant. k is computed from the branch. Unknown for other placements.
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
