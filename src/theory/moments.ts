import { normalExpectation, normalPair } from "../math/quadrature.js";
import type { Activation } from "./activation.js";

/** Moments of an activation φ of Gaussian pre-activations u ~ N(0, q). */
export interface Moments {
  /** V(q) = E[φ(u)²]. */
  readonly square: number;
  /** E[φ′(u)²]. */
  readonly slope: number;
  /** E[φ(u)]. */
  readonly mean: number;
}

/** The largest number of integrals that are remembered for each activation. */
const KEPT = 4096;

const kept = new WeakMap<Activation, Map<string, number>>();

function remembered(a: Activation, key: string, compute: () => number): number {
  let own = kept.get(a);
  if (!own) kept.set(a, (own = new Map<string, number>()));
  let value = own.get(key);
  if (value === undefined) {
    value = compute();
    if (own.size >= KEPT) own.clear();
    own.set(key, value);
  }
  return value;
}

/** Computes E[f(u)], u ~ N(0, q), with quadrature subintervals that end at the activation's kinks. */
export function expectation(a: Activation, q: number, f: (u: number) => number): number {
  return normalExpectation(f, { sd: Math.sqrt(q), kinks: a.kinks });
}

/** Computes V(q), E[φ′²] and E[φ] at variance q ≥ 0 (Poole et al. 2016, equation 3; Schoenholz et al. 2017, equation 9). */
export function moments(a: Activation, q: number): Moments {
  return { square: squareMoment(a, q), slope: slopeMoment(a, q), mean: meanMoment(a, q) };
}

/** V(q) = E[φ(√q·z)²], z ~ N(0, 1). */
export function squareMoment(a: Activation, q: number): number {
  if (a.homogeneous) return q * remembered(a, "V1", () => expectation(a, 1, (u) => a.phi(u) ** 2));
  return remembered(a, `V${q}`, () => expectation(a, q, (u) => a.phi(u) ** 2));
}

/** E[φ′(√q·z)²], z ~ N(0, 1). */
export function slopeMoment(a: Activation, q: number): number {
  const at = a.homogeneous ? 1 : q;
  return remembered(a, `S${at}`, () => expectation(a, at, (u) => a.dphi(u) ** 2));
}

/** E[φ(√q·z)], z ~ N(0, 1). */
export function meanMoment(a: Activation, q: number): number {
  if (a.homogeneous) return Math.sqrt(q) * remembered(a, "M1", () => expectation(a, 1, a.phi));
  return remembered(a, `M${q}`, () => expectation(a, q, a.phi));
}

/** E[φ′(√q·z)⁴] / E[φ′²]² ≥ 1, which determines how the gradient fluctuates over draws of the weights. */
export function slopeKurtosis(a: Activation, q: number): number {
  const at = a.homogeneous ? 1 : q;
  return remembered(a, `K${at}`, () => expectation(a, at, (u) => a.dphi(u) ** 4)) / slopeMoment(a, q) ** 2;
}

/** dV/dq = E[φ(u)·φ′(u)·u]/q, u ~ N(0, q), which needs no second derivative of φ. */
export function squareSlope(a: Activation, q: number): number {
  if (a.homogeneous) return squareMoment(a, 1);
  if (q === 0) return a.dphi(0) ** 2;
  return remembered(a, `D${q}`, () => expectation(a, q, (u) => a.phi(u) * a.dphi(u) * u) / q);
}

/** E[φ(u)·φ(v)] of jointly Gaussian u ~ N(0, q), v ~ N(0, q2) with correlation c (Poole et al. 2016, equation 5). */
export function squarePair(a: Activation, q: number, c: number, q2: number = q): number {
  if (q === q2 && c >= 1) return squareMoment(a, q);
  if (c === 0) return meanMoment(a, q) * meanMoment(a, q2);
  if (a.homogeneous) return Math.sqrt(q * q2) * remembered(a, `P${c}`, () => pair(a, a.phi, 1, c, 1));
  return remembered(a, `P${q},${c},${q2}`, () => pair(a, a.phi, q, c, q2));
}

/** E[φ′(u)·φ′(v)] of the same u and v. */
export function slopePair(a: Activation, q: number, c: number, q2: number = q): number {
  if (q === q2 && c >= 1) return slopeMoment(a, q);
  if (a.homogeneous) return remembered(a, `Q${c}`, () => pair(a, a.dphi, 1, c, 1));
  return remembered(a, `Q${q},${c},${q2}`, () => pair(a, a.dphi, q, c, q2));
}

const pair = (a: Activation, f: (u: number) => number, q: number, c: number, q2: number): number =>
  normalPair(f, f, { sdU: Math.sqrt(q), sdV: Math.sqrt(q2), correlation: c, kinksF: a.kinks, kinksG: a.kinks });
