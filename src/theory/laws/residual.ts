import type { Activation } from "../activation.js";
import { gaussian, scaled, sumOf, throughBranch } from "../branch.js";
import type { BranchEffect, BranchStep, ValueMoments } from "../branch.js";
import { predictionOf } from "../prediction.js";
import type { Prediction, Unknown } from "../prediction.js";
import { inverseNoncentral } from "../sphere.js";

/** The normalisation of the trunk after each addition. */
export type TrunkNorm = "none" | "batch" | "layer" | "rms";

/** A residual net x_{l+1} = norm(λ·x_l + α·F_l(x_l)). */
export interface ResidualNet {
  /** The steps of F, the last of them linear (norms may follow), so that E[F | x] = 0 and the squares add. */
  readonly branch: readonly BranchStep[];
  readonly depth: number;
  /** α, one number or one for each block (default 1). */
  readonly branchScale?: number | readonly number[];
  /** λ (default 1). */
  readonly skipScale?: number;
  readonly trunkNorm?: TrunkNorm; // with `batch` and a batch norm, the first trunk value is taken to be normalised too
  /** Mean square of the trunk at the first block, and correlation of two examples there (default 1 and 0). */
  readonly inputSquare?: number;
  readonly inputCorrelation?: number;
  /** Number of examples in batch normalisation; absent: infinite. */
  readonly batch?: number;
  readonly width?: number;
}

/** The branch W·φ(x) of one activation and one matrix. */
export const singleBranch = (phi: Activation, sigmaW2 = 2): readonly BranchStep[] => [
  { kind: "act", phi },
  { kind: "linear", sigmaW2 },
];

/** The branch V·φ(W·x) of two matrices. */
export const doubleBranch = (phi: Activation, sigmaW2 = 1, sigmaV2 = 2): readonly BranchStep[] => [
  { kind: "linear", sigmaW2 },
  { kind: "act", phi },
  { kind: "linear", sigmaW2: sigmaV2 },
];

/** The branch of `repetitions` times norm → φ → W. */
export const normBranch = (phi: Activation, norm: "batch" | "layer" | "rms", repetitions = 1, sigmaW2 = 2): readonly BranchStep[] =>
  Array.from({ length: repetitions }, (): BranchStep[] => [
    { kind: "norm", norm },
    { kind: "act", phi },
    { kind: "linear", sigmaW2 },
  ]).flat();

/**
 * Predicts ln G of residual blocks in series by the block-by-block recursion: the squared gain of a block is (λ² + α²·χ_F(trunk))/s, s the variance by which
 * a norm on the trunk divides; the trunk's mean square becomes λ²·q + α²·E[F²]. Special cases of G are (1+g)^L for a homogeneous branch of gain g, e for
 * g = 1 and α = 1/√L, λ^{2L} for α = 0, L^{(π/(π−1))^k} for k norms inside the branch, L + 1 for pre-LN, 1 for post-LN, (2/(2−1/π))^L for BN(x+F), exp(c·√L)
 * for tanh branches. Unknown where the branch's mean given the trunk is not 0, or a step of it has no law.
 */
export function residualLaw(net: ResidualNet): Prediction | Unknown {
  const { branch, depth, skipScale = 1, trunkNorm = "none", batch, width } = net;
  // A norm after the weights keeps the mean of 0.
  const last = branch.filter((s) => s.kind !== "norm").at(-1);
  if (branch.length > 0 && last?.kind !== "linear")
    return { unknown: "the branch does not end in fresh weights: its output has a mean given its input, and squares do not simply add" };
  const onSphere = trunkNorm === "batch" && batch !== undefined;
  if (onSphere && batch < 4) return { unknown: `with ${batch} examples the mean of the squared gain is infinite` };
  let value: ValueMoments = onSphere
    ? { square: 1, pair: -1 / (batch - 1), mean: 0, gaussian: true, sphere: true }
    : gaussian(net.inputSquare ?? 1, net.inputCorrelation ?? 0);
  const lnGains: number[] = [];
  const squares = [value.square];
  const correlations = [value.pair / value.square];
  let variance = 0;
  const kept = skipScale * skipScale;
  const normed = trunkNorm === "batch" || branch.some((s) => s.kind === "norm" && s.norm === "batch");
  const pairs = normed || net.inputCorrelation !== undefined;
  for (let l = 0; l < depth; l++) {
    const alpha = typeof net.branchScale === "number" ? net.branchScale : (net.branchScale?.[l] ?? 1);
    const effect = throughBranch(branch, value, batch, pairs);
    if (!effect) return { unknown: "an activation of the branch meets values that are not Gaussian, or too few examples to normalise over" };
    const f = scaled(effect, alpha);
    let gain = kept + f.gain;
    const skipped = { ...value, square: kept * value.square, pair: kept * value.pair, mean: skipScale * value.mean };
    value = sumOf(skipped, f.value);
    if (onSphere) {
      gain = sphereSum(batch, kept, f);
      value = { square: 1, pair: -1 / (batch - 1), mean: 0, gaussian: true, sphere: true };
    } else {
      const end = throughBranch(trunkNorm === "none" ? [] : [{ kind: "norm", norm: trunkNorm }], value, batch);
      if (!end) return { unknown: "the norm on the trunk meets a constant trunk" };
      gain *= end.gain;
      value = end.value;
    }
    if (width !== undefined && kept + f.gain > 0) {
      // For one example the cross term 2α·u·w has variance 4·f·kept/n, and α²‖w‖² about 5·f²/n for each matrix.
      const matrices = branch.filter((s) => s.kind === "linear").length;
      variance += (4 * f.gain * kept + 5 * matrices * f.gain * f.gain) / (width * (kept + f.gain) ** 2);
    }
    lnGains.push(Math.log(gain));
    squares.push(value.square);
    correlations.push(value.pair / value.square);
  }
  return predictionOf(lnGains, squares, {
    variance: normed ? 0 : variance,
    band: variance / 2 + (normed && batch === undefined ? 0.02 * lnGains.reduce((s, g) => s + Math.abs(g), 0) : 0),
    assumptions: [
      "fresh independent weights of mean 0 in every branch, width → ∞: squares of trunk and branch add, forward and backward",
      "features of the first trunk value are Gaussian",
      ...(normed
        ? [batch === undefined ? "batch → ∞ (at 32 examples 3 to 4 % more per norm)" : `statistics over ${batch} examples, training mode`]
        : []),
      ...(width === undefined ? [] : ["fluctuation over draws: one example, leading order in 1/width, masks of different blocks independent"]),
    ],
    source: "own recursion; Yang & Schoenholz 2017 (Mean Field Residual Networks) for tanh, De & Smith 2020 for norms in the branch",
    ...(pairs ? { correlations } : {}),
  });
}

/**
 * The squared gain of BN(λ·x + F) at a batch of N, where x is normalised too. The trunk has the fixed length √N, so that r² of the sum is a noncentral χ² and
 * E[N/r²] = N/λ_F·E[1/χ′²_{N−1}(N·λ²/λ_F)], λ_F the variance of F over the batch. A gradient on the shortcut passes the projections of this norm and of the
 * one before, whose directions have the squared cosine κ = λ²/(λ² + λ_F), and keeps 1 − (1 − κ)/(N − 2) of its square. Own derivation.
 */
function sphereSum(batch: number, kept: number, f: BranchEffect): number {
  const spread = f.value.square - f.value.pair;
  const stretch = spread > 0 ? (batch / spread) * inverseNoncentral(batch - 1, (batch * kept) / spread) : 1 / kept;
  const shared = kept / (kept + spread);
  return stretch * (kept * (1 - (1 - shared) / (batch - 2)) + (f.gain * (batch - 2)) / (batch - 1));
}

/**
 * Computes c of the asymptote ln G → c·√L of blocks x + V·φ(W·x) with a bounded φ (Yang & Schoenholz 2017). The trunk's mean square grows by σ_v²·φ_∞² per
 * block, and E[φ′²] at large q is ∫φ′²du/√(2πq), so c = 2·σ_w·σ_v·∫φ′²/(√(2π)·φ_∞), with φ_∞² the mean of φ(±∞)² (`limit` is φ_∞). For tanh it is
 * 1.064·σ_v·σ_w. Because of lower orders in 1/√L it is 9 to 21 % too high at L = 25 … 200.
 */
export function saturatingAsymptote(slopeIntegral: number, limit: number, sigmaW2: number, sigmaV2: number): number {
  return (2 * Math.sqrt(sigmaW2 * sigmaV2) * slopeIntegral) / (Math.sqrt(2 * Math.PI) * limit);
}
