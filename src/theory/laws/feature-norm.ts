import type { Activation } from "../activation.js";
import { throughBranch, gaussian } from "../branch.js";
import type { BranchStep } from "../branch.js";
import { slopeKurtosis } from "../moments.js";
import { predictionOf } from "../prediction.js";
import type { Prediction, Unknown } from "../prediction.js";
import type { NormOrder } from "./batch-norm.js";

/** A plain net with layer or root-mean-square normalisation in every layer (γ = 1, β = 0, ε negligible); σ_w² 2 and input mean square 1 by default. */
export interface FeatureNormNet {
  readonly phi: Activation;
  readonly norm: "layer" | "rms";
  readonly order: NormOrder;
  readonly depth: number;
  readonly sigmaW2?: number;
  readonly width?: number;
  readonly inputSquare?: number;
}

/**
 * Predicts ln G of a plain net with a norm over features, from the squared gain of its layers. Linear→norm→φ: E[φ′²]/V at q = 1, because pre-activations
 * have mean 0 over the features; 1 for ReLU. Linear→φ→LN: σ_w²·E[φ′²]/(V − E[φ]²) at q = σ_w², because LN subtracts the mean of φ's outputs; π/(π−1)
 * for ReLU, as with BN.
 */
export function featureNormLaw(net: FeatureNormNet): Prediction | Unknown {
  const { phi, norm, order, depth, sigmaW2 = 2, width, inputSquare = 1 } = net;
  const middle: readonly BranchStep[] =
    order === "norm-act"
      ? [
          { kind: "norm", norm },
          { kind: "act", phi },
        ]
      : [
          { kind: "act", phi },
          { kind: "norm", norm },
        ];
  const lnGains: number[] = [];
  let value = gaussian(inputSquare);
  const squares = [value.square];
  for (let l = 0; l < depth; l++) {
    const effect = throughBranch([{ kind: "linear", sigmaW2 }, ...middle], value, undefined, false);
    if (!effect) return { unknown: "the norm meets features without spread" };
    lnGains.push(Math.log(effect.gain));
    value = effect.value;
    squares.push(value.square);
  }
  const q = order === "norm-act" || phi.homogeneous ? 1 : sigmaW2;
  const variance = width === undefined ? 0 : (depth * (2 + 3 * (slopeKurtosis(phi, q) - 1))) / width;
  return predictionOf(lnGains, squares, {
    variance,
    band: variance / 2,
    assumptions: ["weights of mean 0, width → ∞: the projection of the norm costs O(1/width)", "γ = 1, β = 0, ε negligible"],
    source: "own derivation; Xiong et al. 2020 for the norm's gain",
  });
}
