import { normalExpectation } from "../../math/quadrature.js";
import type { Activation } from "../activation.js";
import { expectation, meanMoment, squareMoment } from "../moments.js";

/** Moments of the gate T = σ(t), t ~ N(b, s²), T′ = σ′(t), with τ = t − b. */
export interface GateMoments {
  /** E[T], E[T²], E[(1−T)²], E[T(1−T)]. */
  readonly pass: number;
  readonly pass2: number;
  readonly carry2: number;
  readonly both: number;
  /** E[T′²], E[T′⁴]. */
  readonly slope2: number;
  readonly slope4: number;
  /** w = T′·τ: E[w], E[w²], E[T·w]. */
  readonly lean: number;
  readonly lean2: number;
  readonly passLean: number;
}

/** One layer y = T·h + (1 − T)·x, h = φ(u), u ~ N(0, q), in the wide limit. */
export interface GatedLayer {
  readonly gate: GateMoments;
  readonly phi: Activation;
  /** Variance of the pre-activations. */
  readonly q: number;
  /** Mean and mean square over the features of x and of y. */
  readonly mean: number;
  readonly square: number;
  readonly meanOut: number;
  readonly squareOut: number;
  /** E[T²]·χ + σ_T²·E[T′²]·E[(h−x)²], the squared gain through the weights of branch and gate. */
  readonly fresh: number;
}

/**
 * Computes ln of the squared gain of each gated layer at width n, from the input to the output, for branches that end in φ. Own derivation.
 *
 * Given x, a weight row w_i has the component u_i/‖x‖ along x̂ = x/‖x‖ and is random in the directions orthogonal to it, so the backward pass of a layer is
 *   g ↦ C∘g + x̂·⟨K, g⟩/‖x‖ + independent noise orthogonal to x̂,  C = 1 − T,  K = T·φ′(u)·u + (h − x)·T′·τ.
 * The mean of K is not 0: the mean Jacobian is a matrix of rank one, 1·x̂ᵀ, and x̂ has a component along the direction of equal features 1̂. That direction
 * holds a share 1/n of a random cotangent, but its squared gain is at least ((1−T) + T·μ·⟨x̂, 1̂⟩)² for each layer, where the rest has E[C²] + E[T²]χ, so
 * that it dominates at large depth. The recursion has the second moments of g's components along 1̂ and along r̂, the fluctuation of the features, on which
 * K, C and x are regressed; the remainder is isotropic.
 * For a homogeneous φ and constant gates ⟨x, g⟩ is conserved (Euler), so that ‖g_0‖² ≥ ⟨x_L, g_L⟩²/‖x_0‖²: gradients cannot decay faster than the
 * activations grow, but for the share 1/n.
 */
export function gatedGains(layers: readonly GatedLayer[], width: number): readonly number[] {
  // Second moments of the parts of g along 1̂ and r̂, with E‖g‖² = 1.
  let [p2, pr, r2] = [1 / width, 0, 1 / width];
  const gains: number[] = [];
  for (const layer of [...layers].reverse()) {
    const { means, slopes, rest, leans, fluctuates } = regressed(layer);
    const second = (i: number, j: number): number =>
      means[i]! * means[j]! * p2 + (means[i]! * slopes[j]! + slopes[i]! * means[j]!) * pr + slopes[i]! * slopes[j]! * r2 + rest[i]![j]! / width;
    // s = ⟨K, g⟩/‖x‖, a = ⟨1̂, C∘g⟩, b = ⟨r̂, C∘g⟩.
    const [ss, sa, sb, aa, ab, bb] = [second(0, 0), second(0, 1), second(0, 2), second(1, 1), second(1, 2), second(2, 2)];
    const gain = layer.gate.carry2 + layer.fresh * (1 - 1 / width) + ss + 2 * (leans * sa + fluctuates * sb);
    const noise = layer.fresh / width;
    p2 = (aa + 2 * leans * sa + leans * leans * ss + noise * fluctuates * fluctuates) / gain;
    pr = (ab + leans * sb + fluctuates * sa + leans * fluctuates * ss - noise * leans * fluctuates) / gain;
    r2 = (bb + 2 * fluctuates * sb + fluctuates * fluctuates * ss + noise * leans * leans) / gain;
    gains.push(Math.log(gain));
  }
  return gains.reverse();
}

/** Regresses K/√E[x²], C and C·(x − E[x])/sd(x) of a unit on 1 and on the unit's output: means, slopes on its standardised fluctuation, residual covariances. */
function regressed(layer: GatedLayer): {
  readonly means: readonly number[];
  readonly slopes: readonly number[];
  readonly rest: readonly (readonly number[])[];
  /** ⟨x̂, 1̂⟩ and ⟨x̂, r̂⟩. */
  readonly leans: number;
  readonly fluctuates: number;
} {
  const { gate, phi, q, mean, square, meanOut, squareOut } = layer;
  const { pass, pass2, carry2, both, lean, lean2, passLean } = gate;
  const [h, h2] = [meanMoment(phi, q), squareMoment(phi, q)];
  const k = expectation(phi, q, (u) => phi.dphi(u) * u);
  const k2 = expectation(phi, q, (u) => (phi.dphi(u) * u) ** 2);
  const kh = expectation(phi, q, (u) => phi.phi(u) * phi.dphi(u) * u);
  const [variance, root, sdOut] = [Math.max(0, square - mean * mean), Math.sqrt(square), Math.sqrt(Math.max(0, squareOut - meanOut * meanOut))];
  const sd = Math.sqrt(variance);
  const carryLean = lean - passLean;
  const K = pass * k + lean * (h - mean);
  const means = [K / root, 1 - pass, 0];
  const withOut = [
    (pass2 * kh + both * k * mean + passLean * (h2 - mean * h) + carryLean * (mean * h - square)) / root,
    both * h + carry2 * mean,
    carry2 * sd,
  ];
  const slopes = withOut.map((c, i) => (sdOut > 0 ? (c - means[i]! * meanOut) / sdOut : 0));
  const K2 = pass2 * k2 + 2 * passLean * (kh - k * mean) + lean2 * (h2 - 2 * h * mean + square);
  const KC = (both * k + carryLean * (h - mean)) / root;
  const KR = (-carryLean * sd) / root;
  const seconds = [
    [K2 / square, KC, KR],
    [KC, carry2, 0],
    [KR, 0, carry2],
  ];
  const rest = seconds.map((row, i) => row.map((v, j) => v - means[i]! * means[j]! - slopes[i]! * slopes[j]!));
  return { means, slopes, rest, leans: mean / root, fluctuates: sd / root };
}

/** Computes the mean and variance of ln(1 + D·z²), z ~ N(0, 1), where the squared gradient has one Gaussian component with D times the mean square of the rest. */
export function lnWithPart(share: number): { readonly mean: number; readonly variance: number } {
  if (share <= 0) return { mean: Math.log1p(Math.max(share, -0.5)), variance: 0 };
  const over = (f: (ln: number) => number): number => normalExpectation((z) => f(Math.log1p(share * z * z)), { kinks: [0], tolerance: 1e-9 });
  const mean = over((ln) => ln);
  return { mean, variance: over((ln) => (ln - mean) ** 2) };
}
