import type { Activation } from "../activation.js";
import { slopeMoment, slopePair, squareMoment, squarePair } from "../moments.js";

/** A net for which the input gradients of two examples are compared. */
export interface ShatteredNet {
  readonly phi: Activation;
  readonly depth: number;
  /** σ_w² (default 2, He). */
  readonly sigmaW2?: number;
  /** Plain φ(W·x), or residual x + α·W·φ(x). */
  readonly kind: "plain" | "residual";
  readonly branchScale?: number;
  /** Correlation of the two inputs (default 0). */
  readonly inputCorrelation?: number;
  readonly inputSquare?: number;
}

/**
 * Predicts the correlation of the input gradients of two examples for nets of depth 0 … L [L + 1] (Balduzzi et al. 2017, with the arc-cosine kernels of Cho &
 * Saul 2009 for ReLU). A plain layer multiplies it by E[φ′φ′](c_l)/E[φ′²], a residual block by (1 + α²σ_w²E[φ′φ′])/(1 + α²σ_w²E[φ′²]), where c_l is the
 * correlation of the examples at layer l, by the correlation map. Assumes the same cotangent for both examples, width → ∞.
 */
export function shattering(net: ShatteredNet): readonly number[] {
  const { phi, depth, sigmaW2 = 2, kind, branchScale = 1, inputCorrelation = 0 } = net;
  let square = net.inputSquare ?? 1;
  let pair = inputCorrelation * square;
  const correlations = [1];
  const scale = branchScale * branchScale * sigmaW2;
  for (let l = 0; l < depth; l++) {
    const c = pair / square;
    const before = correlations[l]!;
    if (kind === "plain") {
      const q = sigmaW2 * square;
      correlations.push((before * slopePair(phi, q, c)) / slopeMoment(phi, q));
      [square, pair] = [squareMoment(phi, q), squarePair(phi, q, c)];
    } else {
      correlations.push((before * (1 + scale * slopePair(phi, square, c))) / (1 + scale * slopeMoment(phi, square)));
      [square, pair] = [square + scale * squareMoment(phi, square), pair + scale * squarePair(phi, square, c)];
    }
  }
  return correlations;
}

/**
 * Predicts the same where every unit's slope is drawn independently for each example: E[φ′]²/E[φ′²] per layer, (1 + α²σ_w²E[φ′]²)/(1 + α²σ_w²E[φ′²]) per
 * residual block, which is (1/2)^L and (3/4)^L for ReLU with He weights. Real inputs behave otherwise, because their correlation grows with depth.
 */
export function shatteringOfMasks(net: Pick<ShatteredNet, "phi" | "depth" | "sigmaW2" | "kind" | "branchScale">): readonly number[] {
  const { phi, depth, sigmaW2 = 2, kind, branchScale = 1 } = net;
  const scale = branchScale * branchScale * sigmaW2;
  const [same, apart] = [slopeMoment(phi, 1), slopePair(phi, 1, 0)];
  const factor = kind === "plain" ? apart / same : (1 + scale * apart) / (1 + scale * same);
  return Array.from({ length: depth + 1 }, (_, l) => factor ** l);
}
