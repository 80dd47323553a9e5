import { rootBetween } from "../math/quadrature.js";
import type { Activation } from "./activation.js";
import { slopeMoment, slopePair, squareMoment, squarePair, squareSlope } from "./moments.js";

/** An ensemble of random plain networks: weights ~ N(0, σ_w²/fan-in), biases ~ N(0, σ_b²), activation φ. */
export interface Ensemble {
  readonly phi: Activation;
  readonly sigmaW2: number;
  readonly sigmaB2: number;
}

/** A fixed point q* of the length map, q = σ_w²·V(q) + σ_b²; the length q is the variance of the pre-activations. */
export interface FixedPoint {
  readonly q: number;
  /** χ_q = σ_w²·dV/dq at q*; the fixed point is stable where it is below 1. */
  readonly slope: number;
  /** ξ_q = −1/ln |χ_q|, the number of layers in which a deviation falls by a factor e; Infinity where it does not fall. */
  readonly xiQ: number;
}

/** The fixed points of the length map. */
export type LengthFixedPoints =
  | { readonly kind: "points"; readonly points: readonly FixedPoint[] }
  /** Every q is a fixed point: a homogeneous φ at its critical σ_w² without biases. */
  | { readonly kind: "every" }
  /** There is no fixed point below 10⁴. */
  | { readonly kind: "none" };

/** Range and number of steps of the logarithmic grid on which fixed points are searched. */
const Q_LOW = 1e-10;
const Q_HIGH = 1e4;
const GRID = 168;
/** For a homogeneous φ a slope this close to 1 counts as 1. */
const MARGINAL = 1e-9;

/** The length map: the pre-activation variance of the next layer, q ↦ σ_w²·V(q) + σ_b² (Poole et al. 2016, equation 3). */
export const lengthMap = ({ phi, sigmaW2, sigmaB2 }: Ensemble, q: number): number => sigmaW2 * squareMoment(phi, q) + sigmaB2;

/** The depth scale ξ = −1/ln |χ| of a map with slope χ at its fixed point, in layers; Infinity for |χ| ≥ 1. */
export const depthScale = (slope: number): number => (Math.abs(slope) < 1 ? -1 / Math.log(Math.abs(slope)) : Infinity);

/**
 * Finds all fixed points of the length map, ascending, by sign changes of σ_w²·V(q) + σ_b² − q on a logarithmic grid from 10⁻¹⁰ to 10⁴, and at
 * q = 0; lengths above 10⁴ count as unbounded. Two fixed points within a factor 1.25 of each other may be missed.
 */
export function lengthFixedPoints(e: Ensemble): LengthFixedPoints {
  const { phi, sigmaW2, sigmaB2 } = e;
  if (phi.homogeneous) {
    const slope = sigmaW2 * squareMoment(phi, 1);
    if (sigmaB2 === 0 && Math.abs(slope - 1) < MARGINAL) return { kind: "every" };
    if (slope > 1 - MARGINAL && sigmaB2 > 0) return { kind: "none" };
    return { kind: "points", points: [point(e, sigmaB2 === 0 ? 0 : sigmaB2 / (1 - slope))] };
  }
  const excess = (q: number): number => lengthMap(e, q) - q;
  const points: FixedPoint[] = [];
  if (excess(0) === 0) points.push(point(e, 0));
  const at = (i: number): number => Q_LOW * (Q_HIGH / Q_LOW) ** (i / GRID);
  let before = excess(at(0));
  for (let i = 1; i <= GRID; i++) {
    const now = excess(at(i));
    // A difference of the size of rounding, relative to q, has no reliable sign.
    const clear = Math.abs(before) > 1e-13 * at(i - 1) && Math.abs(now) > 1e-13 * at(i);
    if (clear && before < 0 !== now < 0) points.push(point(e, rootBetween(excess, at(i - 1), at(i))));
    before = now;
  }
  return points.length > 0 ? { kind: "points", points } : { kind: "none" };
}

function point(e: Ensemble, q: number): FixedPoint {
  const slope = e.sigmaW2 * squareSlope(e.phi, q);
  return { q, slope, xiQ: depthScale(slope) };
}

/** The factor by which q changes at each step of the search for the next fixed point. */
const STRIDE = 1.04;

/**
 * Finds the length to which iterating the length map from q = `from` converges: the next fixed point above or below. Infinity where lengths grow beyond
 * 10⁴, null where every length is a fixed point. Assumes that V rises with q; two fixed points within 4 % of each other may be missed.
 */
export function attractor(e: Ensemble, from = 1): number | null {
  if (e.phi.homogeneous) {
    const all = lengthFixedPoints(e);
    return all.kind === "every" ? null : all.kind === "none" || all.points[0]!.slope > 1 ? Infinity : all.points[0]!.q;
  }
  const excess = (q: number): number => lengthMap(e, q) - q;
  const start = excess(from);
  if (Math.abs(start) <= 1e-14 * from) return from;
  const stride = start > 0 ? STRIDE : 1 / STRIDE;
  for (let [q, next] = [from, from * stride]; q < Q_HIGH && q > Q_LOW; [q, next] = [next, next * stride]) {
    if (excess(next) < 0 !== start < 0) return rootBetween(excess, Math.min(q, next), Math.max(q, next));
  }
  return start > 0 ? Infinity : 0;
}

/** χ₁(q) = σ_w²·E[φ′²]: the squared backward gain of a layer, and the slope of the correlation map at c = 1 for q = q* (Schoenholz et al. 2017, equation 9). */
export const chi1 = ({ phi, sigmaW2 }: Pick<Ensemble, "phi" | "sigmaW2">, q: number): number => sigmaW2 * slopeMoment(phi, q);

/** The correlation map: the correlation of two inputs of length q after one more layer, c ↦ (σ_w²·E[φφ] + σ_b²)/(σ_w²·V(q) + σ_b²). */
export function correlationMap(e: Ensemble, q: number, c: number): number {
  return (e.sigmaW2 * squarePair(e.phi, q, c) + e.sigmaB2) / lengthMap(e, q);
}

/** The slope of the correlation map at c, χ(c) = σ_w²·E[φ′φ′]·q/(σ_w²·V(q) + σ_b²), by Price's theorem. */
export function correlationSlope(e: Ensemble, q: number, c: number): number {
  return (e.sigmaW2 * slopePair(e.phi, q, c) * q) / lengthMap(e, q);
}

/** The stable fixed point of the correlation map, c* ∈ [0, 1], and its slope there. */
export interface CorrelationPoint {
  readonly c: number;
  readonly slope: number;
  /** ξ_c = −1/ln χ(c*), in layers. */
  readonly xiC: number;
}

/** Finds c*: 1 where χ₁ ≤ 1, else the stable fixed point below 1 (Schoenholz et al. 2017, §3). Assumes that the length stays at q. */
export function fixedCorrelation(e: Ensemble, q: number): CorrelationPoint {
  const top = q === 0 ? chi1(e, 0) : correlationSlope(e, q, 1);
  if (q === 0 || top <= 1) return { c: 1, slope: top, xiC: depthScale(top) };
  const excess = (c: number): number => correlationMap(e, q, c) - c;
  // Just below 1 the map lies below the diagonal by (χ₁ − 1)(1 − c); at 0 it lies on or above it.
  let high = 1 - 1e-3;
  while (excess(high) >= 0 && 1 - high > 1e-9) high = 1 - (1 - high) / 10;
  if (excess(high) >= 0) return { c: 1, slope: top, xiC: depthScale(top) };
  const c = excess(0) <= 1e-13 ? 0 : rootBetween(excess, 0, high, 1e-10);
  const slope = correlationSlope(e, q, c);
  return { c, slope, xiC: depthScale(slope) };
}
