import { stream } from "../../util/random.js";
import type { Activation } from "../activation.js";
import { meanMoment, slopeKurtosis, slopeMoment, squareMoment } from "../moments.js";
import { predictionOf } from "../prediction.js";
import type { Prediction, Unknown } from "../prediction.js";
import { sphereMoments } from "../sphere.js";

/** The order of normalisation and activation in a layer: Linear→BN→φ or Linear→φ→BN. */
export type NormOrder = "norm-act" | "act-norm";

/** A plain net with training-mode batch normalisation (γ = 1, β = 0, ε negligible) in every layer. */
export interface BatchNormNet {
  readonly phi: Activation;
  readonly order: NormOrder;
  readonly depth: number;
  /** σ_w² (default 2, He); the law depends on it only for act-norm with a φ that is not homogeneous. */
  readonly sigmaW2?: number;
  /** Examples (times positions of a convolution) that share statistics; absent: N → ∞. */
  readonly batch?: number;
  readonly width?: number;
  /** Variance over the batch of the first layer's inputs (default 1: N(0, 1) features). */
  readonly inputVariance?: number;
}

/** The squared gain of one layer after the first, and its numerical error. */
export interface BatchNormGain {
  readonly gain: number;
  /** Standard error of ln gain where it was sampled, else 0. */
  readonly error: number;
  /** The squared gain of the first layer, whose input is not the output of φ. */
  readonly first: number;
  /** Mean square of the values between layers. */
  readonly square: number;
}

/** Number of normal values drawn for φ→BN at a finite batch, which has no quadrature. */
const DRAWS = 400_000;

/**
 * Computes the squared backward gain of a layer with batch normalisation.
 * N → ∞: E[φ′²]/(V − E[φ]²) at q = 1 for BN→φ, σ_w²·E[φ′²]/(V − E[φ]²) at q = σ_w² for φ→BN; π/(π−1) for ReLU (Yang et al. 2019, theorem 3.12).
 * BN→φ at batch N (own derivation): the outputs of BN are uniform on a sphere, and the gradients at its input are centred and exchangeable, hence have
 * covariance κ·G, G the centring matrix. With the radius r² ~ λ·χ²_{N−1}, E[N/r²] = N/(λ(N−3)), λ = σ_w²(V_N − C_N), one layer multiplies κ by
 * N/(N−3) · E[tr(P·D·G·D·P)]/(N−1) / (V_N − C_N). For the identity this is (N−2)/(N−3). φ→BN at batch N: the same expectation over N Gaussian
 * values, E[N/‖Gy‖²·(…)], has no such form and is sampled with a fixed seed. Unknown for N < 4, where the mean is infinite.
 */
export function batchNormGain(net: Omit<BatchNormNet, "depth" | "width">): BatchNormGain | Unknown {
  const { phi, order, batch, sigmaW2 = 2, inputVariance = 1 } = net;
  if (batch !== undefined && batch < 4)
    return { unknown: `with ${batch} examples the mean of the squared gain is infinite: (N−2)/(N−3) needs N > 3` };
  if (order === "act-norm") return actNormGain(phi, sigmaW2, batch, inputVariance);
  if (batch === undefined) {
    const centred = squareMoment(phi, 1) - meanMoment(phi, 1) ** 2;
    const slope = slopeMoment(phi, 1);
    return { gain: slope / centred, error: 0, first: slope / inputVariance, square: squareMoment(phi, 1) };
  }
  const { square, pair, projected } = sphereMoments(phi, batch);
  const numerator = (batch / (batch - 3)) * projected;
  return { gain: numerator / (square - pair), error: 0, first: numerator / inputVariance, square };
}

function actNormGain(phi: Activation, sigmaW2: number, batch: number | undefined, inputVariance: number): BatchNormGain {
  const at = (q: number): number => (sigmaW2 * slopeMoment(phi, q)) / (squareMoment(phi, q) - meanMoment(phi, q) ** 2);
  if (batch === undefined) return { gain: at(sigmaW2), error: 0, first: at(sigmaW2 * inputVariance), square: 1 };
  const inside = sampledActNorm(phi, sigmaW2, batch, true);
  const first = sampledActNorm(phi, sigmaW2 * inputVariance, batch, false);
  return { gain: sigmaW2 * inside.mean, error: inside.error / inside.mean, first: sigmaW2 * first.mean, square: 1 };
}

/**
 * Samples E[d_a²·N/r²·(1 − 1/N − û_a²)] − E[d_a·d_b·N/r²·(−1/N − û_a·û_b)] over z = √q·ξ, ξ ~ N(0, I), centred and rescaled to variance q when `centred`.
 * Of a gradient with covariance a·I + b·11ᵀ only a passes the backward pass of BN; the new a is the diagonal minus the off-diagonal elements after it.
 */
function sampledActNorm(phi: Activation, q: number, batch: number, centred: boolean): { readonly mean: number; readonly error: number } {
  const n = batch;
  const random = stream(1, `batch-norm/${n}`);
  const rounds = Math.max(2000, Math.ceil(DRAWS / n));
  const [y, d] = [new Float64Array(n), new Float64Array(n)];
  let [sum, squares, used] = [0, 0, 0];
  for (let k = 0; k < rounds; k++) {
    let centre = 0;
    for (let i = 0; i < n; i++) centre += y[i] = random.normal(k * n + i);
    centre /= n;
    const scale = Math.sqrt(centred ? (q * n) / (n - 1) : q);
    let mean = 0;
    for (let i = 0; i < n; i++) {
      const z = scale * (centred ? y[i]! - centre : y[i]!);
      mean += y[i] = phi.phi(z);
      d[i] = phi.dphi(z);
    }
    mean /= n;
    let r2 = 0;
    for (let i = 0; i < n; i++) r2 += (y[i]! - mean) ** 2;
    // A unit with the same output for the whole batch passes no gradient.
    used++;
    if (!(r2 > 0)) continue;
    // Σ d_a²(1 − 1/n − û_a²) over a; Σ over pairs from the squares of Σ d and Σ d·û.
    let [diagonal, d1, d2, du, du2] = [0, 0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const u2 = (y[i]! - mean) ** 2 / r2;
      const s = d[i]!;
      diagonal += s * s * (1 - 1 / n - u2);
      d1 += s;
      d2 += s * s;
      du += (s * (y[i]! - mean)) / Math.sqrt(r2);
      du2 += s * s * u2;
    }
    const off = -(d1 * d1 - d2) / n - (du * du - du2);
    const value = (n / r2) * (diagonal / n - off / (n * (n - 1)));
    sum += value;
    squares += value * value;
  }
  const mean = sum / used;
  return { mean, error: Math.sqrt(Math.max(0, squares / used - mean * mean) / used) };
}

/** Predicts ln G of a plain net with batch normalisation: G = first·gain^{L−1}. Unknown for batches below 4. */
export function batchNormLaw(net: BatchNormNet): Prediction | Unknown {
  const layer = batchNormGain(net);
  if ("unknown" in layer) return layer;
  const { depth, batch, width, phi } = net;
  const gains = Array.from({ length: depth }, (_, l) => Math.log(l === 0 ? layer.first : layer.gain));
  const inputVariance = net.inputVariance ?? 1;
  const squares = [inputVariance, ...Array.from({ length: depth }, () => layer.square)];
  const q = net.order === "norm-act" || phi.homogeneous ? 1 : (net.sigmaW2 ?? 2);
  // The fluctuation of one example. A batch averages a part of it, so that E[ln G] lies between ln E[G] − single/2 and ln E[G].
  const single = width === undefined ? 0 : (depth * (2 + 3 * (slopeKurtosis(phi, q) - 1))) / width;
  const share = batch === undefined ? 0 : 1 / batch;
  return predictionOf(gains, squares, {
    variance: single * share,
    band: single / 2 + depth * layer.error * 2 + (batch === undefined ? 0 : 4 / batch),
    assumptions: [
      "training-mode batch statistics over examples that are drawn independently; γ = 1, β = 0, ε negligible",
      "width → ∞, weights independent with mean 0",
      batch === undefined ? "batch → ∞: at 32 examples the gain per layer is 3 to 4 % higher" : `batch of ${batch}`,
      ...(net.order === "act-norm" && batch !== undefined ? ["the gain at a finite batch was sampled with a fixed seed"] : []),
    ],
    source: "Yang et al. 2019 (A Mean Field Theory of Batch Normalization) for N → ∞; own derivation on the sphere for a finite batch",
  });
}
