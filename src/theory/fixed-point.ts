import { rootBetween } from "../math/quadrature.js";
import type { Activation } from "./activation.js";
import { slopeMoment, slopePair, squareMoment, squarePair, squareSlope } from "./moments.js";

/** A point of the (σ_w², σ_b²) plane: weights ~ N(0, σ_w²/fan-in), biases ~ N(0, σ_b²). */
export interface Ensemble {
  readonly phi: Activation;
  readonly sigmaW2: number;
  readonly sigmaB2: number;
}

/** A length q* that one layer keeps: q = σ_w²·V(q) + σ_b². */
export interface FixedPoint {
  readonly q: number;
  /** χ_q = σ_w²·dV/dq at q: below 1 the point attracts. */
  readonly slope: number;
  /** ξ_q = −1/ln |χ_q|: layers in which a deviation falls by e; Infinity where it does not. */
  readonly xiQ: number;
}

/** How the length of pre-activations ends, from layer to layer. */
export type Lengths =
  | { readonly kind: "points"; readonly points: readonly FixedPoint[] }
  /** Every q is kept: a homogeneous φ at its own σ_w². */
  | { readonly kind: "every" }
  /** Nothing above the largest repelling point stays bounded. */
  | { readonly kind: "none" };

/** q is looked for on a logarithmic grid between these. */
const Q_LOW = 1e-10;
const Q_HIGH = 1e4;
const GRID = 168;
/** A homogeneous map whose slope is within this of 1 keeps every length. */
const MARGINAL = 1e-9;

/** The pre-activation variance of the next layer: q ↦ σ_w²·V(q) + σ_b². */
export const lengthMap = ({ phi, sigmaW2, sigmaB2 }: Ensemble, q: number): number => sigmaW2 * squareMoment(phi, q) + sigmaB2;

/** ξ of a slope: −1/ln |χ|; Infinity at 1 or above. */
export const depthScale = (slope: number): number => (Math.abs(slope) < 1 ? -1 / Math.log(Math.abs(slope)) : Infinity);

/**
 * All fixed points of the length map, ascending, by sign changes of σ_w²·V(q) + σ_b² − q on a logarithmic grid from 10⁻¹⁰ to 10⁴ and
 * q = 0; lengths above 10⁴ count as unbounded. Two roots within a factor 1.25 of each other may be missed.
 */
export function lengths(e: Ensemble): Lengths {
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
    // Near q = 0 the difference is rounding: (χ − 1)·q against 1e-16·q is decided by relative size.
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

/** How far the walk to the attractor goes before it looks for a sign change. */
const STRIDE = 1.04;

/**
 * The q that lengths starting at `from` tend to: the next fixed point up or down. Infinity where there is none below 10⁴, null where every
 * length is kept. Assumes that V rises with q; a pair of fixed points within 4 % of each other may be stepped over.
 */
export function attractor(e: Ensemble, from = 1): number | null {
  if (e.phi.homogeneous) {
    const all = lengths(e);
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

/** χ₁(q) = σ_w²·E[φ′²]: the slope of the correlation map at c = 1, and the squared backward gain of a layer (Schoenholz et al. 2017, equation 9). */
export const chi1 = ({ phi, sigmaW2 }: Pick<Ensemble, "phi" | "sigmaW2">, q: number): number => sigmaW2 * slopeMoment(phi, q);

/** The correlation of two inputs after one layer whose pre-activations have variance q: c ↦ (σ_w²·E[φφ] + σ_b²)/(σ_w²·V(q) + σ_b²). */
export function correlationMap(e: Ensemble, q: number, c: number): number {
  return (e.sigmaW2 * squarePair(e.phi, q, c) + e.sigmaB2) / lengthMap(e, q);
}

/** χ(c) = σ_w²·E[φ′φ′]·q/(σ_w²·V(q) + σ_b²): the slope of the correlation map, by Price's theorem. */
export function correlationSlope(e: Ensemble, q: number, c: number): number {
  return (e.sigmaW2 * slopePair(e.phi, q, c) * q) / lengthMap(e, q);
}

/** The correlation that inputs tend to at the length q, and the slope there. */
export interface CorrelationPoint {
  readonly c: number;
  readonly slope: number;
  /** ξ_c = −1/ln χ(c*). */
  readonly xiC: number;
}

/** c*: 1 where χ₁ ≤ 1, else the attracting root below 1 (Schoenholz et al. 2017, §3). Assumes that lengths stay at q. */
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
