import type { Activation } from "../activation.js";
import { expectation, slopeKurtosis, slopeMoment, squareMoment, squareSlope } from "../moments.js";

/** The quantities of a layer x_l = φ(W_l·x_{l−1} + b_l) on which the gradient's fluctuation at finite width depends. */
export interface WidthLayer {
  readonly sigmaW2: number;
  /** Variance of the pre-activations in the wide limit. */
  readonly q: number;
  readonly fanIn: number;
  readonly fanOut: number;
}

/** The effect of finite widths on ln G = ln(‖g_0‖²/‖g_L‖²), to first order in 1/width. */
export interface Fluctuation {
  /** Variance of ln G of one example over draws of the weights. */
  readonly variance: number;
  /** E[ln G] − Σ ln χ(q_l). */
  readonly shift: number;
}

/**
 * Computes the log-normal fluctuation of the squared gradient of a plain net, to first order in 1/width, for one example and a random cotangent.
 * ReLU: shift −5β/2 and variance 5β with β = Σ 1/n (Hanin 2018, theorem 1), where a layer's weights contribute 2/fan-in and its mask 3/fan-out.
 * Any φ (own derivation) has these contributions for each layer:
 *   the weights, a χ² variable: variance 2/fan-in;  the slopes φ′: variance 3·(E[φ′⁴]/E[φ′²]² − 1)/fan-out;
 *   fluctuating lengths, δq′ = σ_w²·(V′·δq + ε), var ε = (E[φ⁴] − V²)/fan-out, which change ln χ(q) by its first and second derivative;
 *   the correlation of backward with forward vectors: A = E(w·z)²/(‖w‖²·q) obeys A = ρ + (A_next − 1)·q·V′²/(V·E[φ′²]),
 *   ρ = E[φ′²z²]/(q·E[φ′²]), and shifts ln G by (A − 1)/fan-in + (A_next − 1)·(E[φ′²φ²]/(E[φ′²]·V) − 1)/fan-out.
 * All but the first two vanish for a homogeneous φ.
 */
export function widthFluctuation(phi: Activation, layers: readonly WidthLayer[]): Fluctuation {
  let [variance, shift] = [0, 0];
  // Moments of the length's deviation δq: mean, variance, and covariance with the sum of logarithms so far.
  let [qMean, qVariance, qWithSum] = [0, 0, 0];
  const alignments = alignmentsOf(phi, layers);
  layers.forEach(({ q, sigmaW2, fanIn, fanOut }, l) => {
    const own = 2 / fanIn + (3 * (slopeKurtosis(phi, q) - 1)) / fanOut;
    if (phi.homogeneous || q === 0) {
      variance += own;
      shift -= own / 2;
      return;
    }
    const { first, second } = logSlope(phi, q);
    const mixed = mixedMoment(phi, q);
    variance += first * first * qVariance + 2 * first * qWithSum + own;
    shift += first * qMean + 0.5 * second * qVariance - own / 2;
    shift += (alignments[l]! - 1) / fanIn + ((alignments[l + 1]! - 1) * (mixed / squareMoment(phi, q) - 1)) / fanOut;
    const slope = squareSlope(phi, q);
    const noise = (expectation(phi, q, (u) => phi.phi(u) ** 4) - squareMoment(phi, q) ** 2) / fanOut;
    const shared = (mixed - squareMoment(phi, q)) / fanOut;
    qMean = sigmaW2 * (slope * qMean + 0.5 * curvature(phi, q) * qVariance);
    qWithSum = sigmaW2 * (slope * (qWithSum + first * qVariance) + shared);
    qVariance = sigmaW2 * sigmaW2 * (slope * slope * qVariance + noise);
  });
  return { variance, shift };
}

/** E[φ′²φ²]/E[φ′²]. */
const mixedMoment = (phi: Activation, q: number): number => expectation(phi, q, (u) => (phi.dphi(u) * phi.phi(u)) ** 2) / slopeMoment(phi, q);

/** A_l of every layer, the alignment of backward with forward vectors, and 1 for the random cotangent at the output [layers + 1]. */
function alignmentsOf(phi: Activation, layers: readonly WidthLayer[]): readonly number[] {
  const alignment = Array.from({ length: layers.length + 1 }, () => 1);
  for (let l = layers.length - 1; l >= 0; l--) {
    const { q } = layers[l]!;
    if (phi.homogeneous || q === 0) continue;
    const slope = slopeMoment(phi, q);
    const own = expectation(phi, q, (u) => (phi.dphi(u) * u) ** 2) / (q * slope);
    alignment[l] = own + ((alignment[l + 1]! - 1) * q * squareSlope(phi, q) ** 2) / (squareMoment(phi, q) * slope);
  }
  return alignment;
}

/** Relative step of central differences in q: moments are accurate to 1e-12, hence second differences to 1e-5. */
const STEP = 2e-3;

/** The first and second derivative of ln χ by q. */
function logSlope(phi: Activation, q: number): { readonly first: number; readonly second: number } {
  const h = STEP * q;
  const [low, middle, high] = [q - h, q, q + h].map((v) => Math.log(slopeMoment(phi, v))) as [number, number, number];
  return { first: (high - low) / (2 * h), second: (high - 2 * middle + low) / (h * h) };
}

/** d²V/dq². */
function curvature(phi: Activation, q: number): number {
  const h = STEP * q;
  return (squareSlope(phi, q + h) - squareSlope(phi, q - h)) / (2 * h);
}
