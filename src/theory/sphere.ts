import { integrate } from "../math/quadrature.js";
import { logGamma } from "../math/special-functions.js";
import type { Integrand } from "../math/quadrature.js";
import type { Activation } from "./activation.js";

/**
 * Moments of an activation φ after training-mode batch normalisation of N Gaussian values that are exchangeable over the batch. The normalised values are
 * ẑ = √N·u, with u uniform on the unit sphere of the N − 1 dimensions orthogonal to (1, …, 1), whatever their correlation was. One of them is s = √(N−1)·t,
 * t a coordinate of a uniform direction in N − 1 dimensions; two have correlation −1/(N − 1).
 */
export interface SphereMoments {
  /** E[φ(s)²] and E[φ(s)·φ(s′)] of two examples. */
  readonly square: number;
  readonly pair: number;
  /**
   * E[tr(P·D·G·D·P)]/(N − 1), D = diag φ′(ẑ), G the centring matrix, P = G − uuᵀ: the share of a centred gradient's square that the backward pass through
   * φ and the projection of the normalisation keeps.
   */
  readonly projected: number;
}

/** Number of subintervals on either side of angle 0 before any is halved. */
const SUBINTERVALS = 4;

const kept = new WeakMap<Activation, Map<number, SphereMoments>>();

/** Computes the moments of an activation after batch normalisation over N ≥ 4 examples, by quadrature over the sphere. Exact in the limit of infinite width. */
export function sphereMoments(a: Activation, batch: number): SphereMoments {
  let own = kept.get(a);
  if (!own) kept.set(a, (own = new Map<number, SphereMoments>()));
  let found = own.get(batch);
  if (!found) own.set(batch, (found = compute(a, batch)));
  return found;
}

function compute(a: Activation, batch: number): SphereMoments {
  const n = batch;
  const one = (f: Integrand): number => sphereExpectation(f, n, a.kinks);
  const two = (f: Integrand): number => spherePair(f, n, a.kinks);
  const slopes = one((s) => a.dphi(s) ** 2);
  const slopePairs = two(a.dphi);
  const along = one((s) => (a.dphi(s) * s) ** 2) / n;
  const alongPairs = two((s) => a.dphi(s) * s) / n;
  // Σ_a d² = n·E[d²] and Σ_{a≠b} d_a·d_b = n(n−1)·E[d·d′]; the same for d²u² and d·u.
  const trace = (n - 2) * slopes + (slopes + (n - 1) * slopePairs) / n - n * along + along + (n - 1) * alongPairs;
  return { square: one((s) => a.phi(s) ** 2), pair: two(a.phi), projected: trace / (n - 1) };
}

/** ∫ f(θ)·cos^p θ dθ over (−π/2, π/2), divided by the same of 1; kinks are angles. */
function angular(f: Integrand, power: number, kinks: readonly number[], tolerance: number): number {
  // cos^p θ has a width of about 1/√p, which sets the width of the subintervals.
  const width = Math.min(1, 2 / Math.sqrt(power + 1));
  const points = new Set([-Math.PI / 2, Math.PI / 2, 0]);
  for (let i = 1; i <= SUBINTERVALS; i++) for (const side of [-1, 1]) if (i * width < Math.PI / 2) points.add(side * i * width);
  for (const k of kinks) if (Math.abs(k) < Math.PI / 2) points.add(k);
  const sorted = [...points].sort((x, y) => x - y).filter((v, i, all) => i === 0 || v - all[i - 1]! > 1e-14);
  const weight: Integrand = (t) => Math.cos(t) ** power;
  return integrate((t) => f(t) * weight(t), sorted, tolerance) / integrate(weight, sorted, tolerance);
}

/** The angles θ at which scale·sin θ + shift is a kink. */
const anglesOf = (kinks: readonly number[], scale: number, shift = 0): number[] =>
  kinks.flatMap((k) => (Math.abs(k - shift) < scale ? [Math.asin((k - shift) / scale)] : []));

/** Computes E[f(s)] of one normalised value: t = sin θ has density ∝ cos^{N−3} θ. */
function sphereExpectation(f: Integrand, batch: number, kinks: readonly number[] = []): number {
  const scale = Math.sqrt(batch - 1);
  return angular((t) => f(scale * Math.sin(t)), batch - 3, anglesOf(kinks, scale), 1e-12);
}

/** Computes E[f(s)·f(s′)] of two examples' normalised values: given t, the second orthonormal coordinate is √(1 − t²)·τ, τ = sin ψ with density ∝ cos^{N−4} ψ. */
function spherePair(f: Integrand, batch: number, kinks: readonly number[] = []): number {
  const scale = Math.sqrt(batch - 1);
  const c = -1 / (batch - 1);
  const rest = Math.sqrt(1 - c * c);
  return angular(
    (t) => {
      const [first, radius] = [scale * Math.sin(t), scale * rest * Math.cos(t)];
      const own = f(first);
      if (own === 0) return 0;
      return own * angular((psi) => f(c * first + radius * Math.sin(psi)), batch - 4, anglesOf(kinks, radius, c * first), 1e-9);
    },
    batch - 3,
    anglesOf(kinks, scale),
    1e-9,
  );
}

/** Computes E[1/X] of a noncentral χ² variable X with `k` > 2 degrees of freedom and noncentrality δ: Σ_j Poisson(δ/2; j)/(k − 2 + 2j). */
export function inverseNoncentral(k: number, delta: number): number {
  const half = delta / 2;
  const centre = Math.floor(half);
  const width = Math.ceil(12 * Math.sqrt(half + 1)) + 20;
  let sum = 0;
  for (let j = Math.max(0, centre - width); j <= centre + width; j++) {
    const ln = half === 0 ? (j === 0 ? 0 : -Infinity) : j * Math.log(half) - half - logGamma(j + 1);
    sum += Math.exp(ln) / (k - 2 + 2 * j);
  }
  return sum;
}
