import { rootBetween } from "../math/quadrature.js";
import type { Activation } from "./activation.js";
import { attractor, chi1, depthScale, fixedCorrelation } from "./fixed-point.js";
import type { Ensemble } from "./fixed-point.js";
import { slopeMoment, squareMoment, squareSlope } from "./moments.js";

/** The phase of an ensemble of wide plain networks in the order-to-chaos transition. */
export interface Phase {
  readonly sigmaW2: number;
  readonly sigmaB2: number;
  /** q*, the pre-activation variance in the limit of depth; null where every length is a fixed point, Infinity where lengths grow without bound. */
  readonly q: number | null;
  /** χ₁ at q*, the squared backward gain per layer in the limit of depth; null where lengths grow without bound and φ is not homogeneous. */
  readonly chi1: number | null;
  /** `ordered`: χ₁ < 1; `critical`: χ₁ = 1; `chaotic`: χ₁ > 1; `unbounded`: lengths grow without bound. */
  readonly phase: "ordered" | "critical" | "chaotic" | "unbounded";
  /** c*, the correlation of two inputs in the limit of depth; null where it was not computed or there is none. */
  readonly c: number | null;
  /** Depth scales in layers, in which a deviation of the length, a deviation of the correlation, and the squared gradient change by a factor e. */
  readonly xiQ: number | null;
  readonly xiC: number | null;
  readonly xiGradient: number | null;
}

/** χ₁ within this of 1 counts as critical. */
const CRITICAL = 1e-6;

/**
 * Computes the phase of an ensemble (Poole et al. 2016; Schoenholz et al. 2017). `from` is the variance of the first pre-activations. Without `correlation`
 * c* is not computed in the chaotic phase, where it takes 2-D integrals.
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

/** The number of layers in which the squared gradient changes by a factor e: 1/|ln χ₁|. */
const gradientScale = (slope: number): number => (slope === 1 ? Infinity : 1 / Math.abs(Math.log(slope)));

/** A point of the critical line χ₁ = 1. */
export interface CriticalPoint {
  readonly sigmaW2: number;
  readonly sigmaB2: number;
  readonly q: number;
  /** Whether q is a stable fixed point of the length map; otherwise the lengths of a deep network move away from it. */
  readonly attracting: boolean;
}

/**
 * Finds the points of the critical line χ₁ = 1 at a given σ_b², ascending in q. The line is a curve with parameter q, σ_w² = 1/E[φ′²] and
 * σ_b² = q − V(q)/E[φ′²]; the latter is solved for q on a logarithmic grid. For a homogeneous φ it is the one point σ_b² = 0 with any q (returned with q = 1).
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

/** Computes the phase of every pair of σ_w² (columns) and σ_b² (rows), without c* in the chaotic phase. */
export function phaseDiagram(phi: Activation, sigmaW2s: readonly number[], sigmaB2s: readonly number[], from = 1): readonly (readonly Phase[])[] {
  return sigmaB2s.map((sigmaB2) => sigmaW2s.map((sigmaW2) => phaseOf({ phi, sigmaW2, sigmaB2 }, { from, correlation: false })));
}
