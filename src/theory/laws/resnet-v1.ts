import { activation } from "../activation.js";
import { meanMoment, slopeMoment, squareMoment } from "../moments.js";
import { predictionOf } from "../prediction.js";
import type { Prediction } from "../prediction.js";

/** ResNet v1 (He et al. 2015): x_{l+1} = ReLU(x_l + B(x_l)), B = BN∘W for one norm, BN∘W∘ReLU∘BN∘W for two, and so on. */
export interface ResNetV1 {
  readonly depth: number;
  /** Number of matrices with batch normalisation in a branch (default 1). */
  readonly norms?: number;
}

/** Step h of the grid of trunk values; piecewise-linear interpolation on it changes the variance of a block by h²/6. */
const STEP = 0.08;
/** The normal density of a block's branch is cut off at this many standard deviations. */
const REACH = 6;

/**
 * Predicts ln G of ResNet v1, for which there is no closed form. The trunk of one unit is a random walk x ↦ max(0, x + z), z ~ N(0, 1) the normalised output
 * of the branch, and the squared gradient given the trunk value obeys G_l(x) = E[1(x+z>0)·G_{l+1}(x+z)] + (π/(π−1))^{k−1}·E[1·G_{l+1}]/Var x_l. Both are
 * computed on a grid (to about 10⁻³), so that the dependence of trunk and gradient on the same mask is kept. G grows as a power of depth, with an exponent
 * that changes slowly with depth.
 */
export function resNetV1Law(net: ResNetV1): Prediction {
  const { depth, norms = 1 } = net;
  const relu = activation("relu");
  const inner = (slopeMoment(relu, 1) / (squareMoment(relu, 1) - meanMoment(relu, 1) ** 2)) ** (norms - 1);
  const low = -Math.ceil(REACH / STEP);
  const high = Math.ceil((REACH * Math.sqrt(depth + 2)) / STEP);
  const size = high - low + 1;
  const hats = hatWeights();
  const reach = (hats.length - 1) / 2;

  // Forward: the distribution of the trunk before each block, as weights of the grid points; point −low is x = 0.
  const densities: Float64Array[] = [normalWeights(low, size)];
  for (let l = 0; l < depth; l++) {
    const now = densities[l]!;
    const next = new Float64Array(size);
    for (let k = 0; k < size; k++) {
      const p = now[k]!;
      if (p < 1e-18) continue;
      for (let d = -reach; d <= reach; d++) next[clamp(k + d, -low, size - 1)]! += p * hats[d + reach]!;
    }
    densities.push(next);
  }
  const moment = (p: Float64Array, power: number): number => p.reduce((s, w, k) => s + w * ((k + low) * STEP) ** power, 0);

  // Backward: G_l(x) on the same grid. Half of the hat function at 0 belongs to x + z > 0.
  let gradient = new Float64Array(size).fill(1);
  const lnGains: number[] = [];
  let after = 0;
  const total = (p: Float64Array, g: Float64Array): number => p.reduce((s, w, k) => s + w * g[k]!, 0);
  for (let l = depth - 1; l >= 0; l--) {
    const p = densities[l]!;
    const kept = new Float64Array(size);
    for (let k = 0; k < size; k++) {
      let sum = 0;
      for (let d = Math.max(-reach, -low - k); d <= reach && k + d < size; d++)
        sum += hats[d + reach]! * gradient[k + d]! * (k + d === -low ? 0.5 : 1);
      kept[k] = sum;
    }
    const masked = total(p, kept);
    const branch = (inner * masked) / (moment(p, 2) - moment(p, 1) ** 2);
    const whole = masked + branch;
    // Normalised, because gradients would overflow over thousands of blocks.
    lnGains.push(Math.log(whole / total(densities[l + 1]!, gradient)));
    gradient = kept.map((v) => (v + branch) / whole);
    after += 1;
  }
  return predictionOf(
    lnGains.reverse(),
    densities.map((p) => moment(p, 2)),
    {
      variance: 0,
      band: 0.05 * Math.log(1 + after) + 0.02 * norms,
      assumptions: [
        "batch → ∞ and width → ∞; the first trunk value is N(0, 1) over features and examples",
        "a unit's branch value is independent of its trunk value (fresh weights)",
        "no closed law: the numbers are a recursion of densities, the exponent drifts with depth",
      ],
      source: "own derivation (recursion of the trunk's density and of E[g² | x])",
    },
  );
}

const clamp = (v: number, low: number, high: number): number => (v < low ? low : v > high ? high : v);

/** ∫ hat_d(x)·n(x) dx for every grid offset d: second differences of ∫∫ n. */
function hatWeights(): Float64Array {
  const reach = Math.ceil(REACH / STEP);
  const weights = new Float64Array(2 * reach + 1);
  for (let d = -reach; d <= reach; d++) {
    // Simpson's rule on both halves of the hat.
    let sum = 0;
    const cells = 4;
    for (let i = 0; i <= 2 * cells; i++) {
      const t = -1 + i / cells;
      const factor = i === 0 || i === 2 * cells ? 1 : i % 2 === 1 ? 4 : 2;
      sum += factor * (1 - Math.abs(t)) * Math.exp(-(((d + t) * STEP) ** 2) / 2);
    }
    weights[d + reach] = (sum * STEP) / (3 * cells * Math.sqrt(2 * Math.PI));
  }
  const total = weights.reduce((s, w) => s + w, 0);
  return weights.map((w) => w / total);
}

/** N(0, 1) as weights on the grid. */
function normalWeights(low: number, size: number): Float64Array {
  const weights = Float64Array.from({ length: size }, (_, k) => Math.exp(-(((k + low) * STEP) ** 2) / 2));
  const total = weights.reduce((s, w) => s + w, 0);
  return weights.map((w) => w / total);
}
