import { rootBetween } from "../math/quadrature.js";
import type { Activation } from "./activation.js";
import { attractor, chi1, depthScale, fixedCorrelation } from "./fixed-point.js";
import type { Ensemble } from "./fixed-point.js";
import { slopeMoment, squareMoment, squareSlope } from "./moments.js";

/** Where a wide plain network stands between order and chaos. */
export interface Phase {
  readonly sigmaW2: number;
  readonly sigmaB2: number;
  /** The length that inputs of mean square 1 tend to; null where every length is kept, Infinity where lengths grow without bound. */
  readonly q: number | null;
  /** χ₁ at q*: squared backward gain per layer in the long run; null where lengths grow without bound and φ is not homogeneous. */
  readonly chi1: number | null;
  readonly phase: "ordered" | "critical" | "chaotic" | "unbounded";
  readonly c: number | null;
  /** Layers in which a deviation of the length, of a correlation, and of the gradient, changes by e. */
  readonly xiQ: number | null;
  readonly xiC: number | null;
  readonly xiGradient: number | null;
}

/** χ₁ within this of 1 counts as critical. */
const CRITICAL = 1e-6;

/**
 * The phase of one point (Poole et al. 2016; Schoenholz et al. 2017). `from` is the variance of the first pre-activations; without `correlation` the 2-D
 * integrals that c* takes in the chaotic phase are left out.
 */
export function phaseOf(e: Ensemble, { from = 1, correlation = true }: { readonly from?: number; readonly correlation?: boolean } = {}): Phase {
  const { sigmaW2, sigmaB2, phi } = e;
  const q = attractor(e, from);
  const here = { sigmaW2, sigmaB2, q };
  if (q === Infinity) {
    const slope = phi.homogeneous ? chi1(e, 1) : null;
    return { ...here, chi1: slope, phase: "unbounded", c: null, xiQ: null, xiC: null, xiGradient: slope === null ? null : gradientScale(slope) };
  }
  const at = q ?? from;
  const slope = chi1(e, at);
  const point = slope <= 1 || correlation ? fixedCorrelation(e, at) : { c: null, xiC: null };
  const phase = Math.abs(slope - 1) < CRITICAL ? "critical" : slope < 1 ? "ordered" : "chaotic";
  return {
    ...here,
    chi1: slope,
    phase,
    c: point.c,
    xiQ: depthScale(sigmaW2 * squareSlope(phi, at)),
    xiC: point.xiC,
    xiGradient: gradientScale(slope),
  };
}

/** Layers in which the squared gradient changes by e: 1/|ln χ₁|. */
const gradientScale = (slope: number): number => (slope === 1 ? Infinity : 1 / Math.abs(Math.log(slope)));

/** A point of the critical line. */
export interface CriticalPoint {
  readonly sigmaW2: number;
  readonly sigmaB2: number;
  readonly q: number;
  /** Whether lengths near q tend to it; else a network does not stay there. */
  readonly attracting: boolean;
}

/**
 * The points of the critical line χ₁ = 1 at a given σ_b², ascending in q. The line is a curve in q: σ_w² = 1/E[φ′²], σ_b² = q − V(q)/E[φ′²];
 * σ_b² is solved for q on a logarithmic grid. For a homogeneous φ it is the one point σ_b² = 0, any q (given with q = 1).
 */
export function criticalPoints(phi: Activation, sigmaB2: number): readonly CriticalPoint[] {
  const sigmaW2 = (q: number): number => 1 / slopeMoment(phi, q);
  const point = (q: number): CriticalPoint => ({ sigmaW2: sigmaW2(q), sigmaB2, q, attracting: sigmaW2(q) * squareSlope(phi, q) < 1 });
  if (phi.homogeneous) return sigmaB2 === 0 ? [{ sigmaW2: sigmaW2(1), sigmaB2, q: 1, attracting: false }] : [];
  const excess = (q: number): number => q - squareMoment(phi, q) / slopeMoment(phi, q) - sigmaB2;
  const found: CriticalPoint[] = [];
  if (excess(0) === 0) found.push({ ...point(0), attracting: attractor({ phi, sigmaW2: sigmaW2(0), sigmaB2 }) === 0 });
  const at = (i: number): number => 1e-8 * 10 ** (i / 6);
  let before = excess(at(0));
  for (let i = 1; i <= 78; i++) {
    const now = excess(at(i));
    const clear = Math.abs(before) > 1e-11 * at(i - 1) && Math.abs(now) > 1e-11 * at(i);
    if (clear && before < 0 !== now < 0) found.push(point(rootBetween(excess, at(i - 1), at(i))));
    before = now;
  }
  return found;
}

/** The phase of every pair of σ_w² (columns) and σ_b² (rows), without c* in the chaotic phase. */
export function phaseDiagram(phi: Activation, sigmaW2s: readonly number[], sigmaB2s: readonly number[], from = 1): readonly (readonly Phase[])[] {
  return sigmaB2s.map((sigmaB2) => sigmaW2s.map((sigmaW2) => phaseOf({ phi, sigmaW2, sigmaB2 }, { from, correlation: false })));
}
