import { normalExpectation, normalPair } from "../math/quadrature.js";
import type { Activation } from "./activation.js";
import { sphereMoments } from "./sphere.js";

/** The set of random weights on which a value depends, as a tree of intervals of their numbers, so that disjoint sets are told apart quickly. */
export interface Roots {
  readonly low: number;
  readonly high: number;
  readonly parts?: readonly [Roots, Roots];
}

/** Mean-field moments of a value of a graph under random weights. Features are identically distributed, and examples exchangeable. */
export interface Signal {
  /** Means over the features of x², of x·x′ of two examples, and of x. */
  readonly square: number;
  readonly pair: number;
  readonly mean: number;
  /** Whether x is Gaussian over the features with mean `mean`, as an activation after it requires. */
  readonly gaussian: boolean;
  /** The weights on which it depends. */
  readonly roots: Roots;
  /** Number of examples, where it is the output of batch normalisation over finitely many, uniform on a sphere (see sphere.ts). */
  readonly sphere?: number;
}

/** The effect of one op: the moments of its output, and its squared backward gain E‖Jᵀg‖²/‖g‖² (sums over features). */
export interface SignalStep {
  readonly value: Signal;
  readonly gain: number;
}

/** The set of one weight matrix, by its number. */
export const leaf = (id: number): Roots => ({ low: id, high: id });
/** The union of two sets of weights. */
const joined = (a: Roots, b: Roots): Roots => ({ low: Math.min(a.low, b.low), high: Math.max(a.high, b.high), parts: [a, b] });

/** Whether two sets of weights may intersect, so that the values are not independent. */
export function overlapping(a: Roots, b: Roots): boolean {
  if (a === b) return true;
  if (a.high < b.low || b.high < a.low) return false;
  if (!a.parts && !b.parts) return true;
  const [wide, other] = !b.parts || (a.parts && a.high - a.low >= b.high - b.low) ? [a, b] : [b, a];
  return wide.parts!.some((p) => overlapping(p, other));
}

/** The moments of x + c, c a constant. */
export const shifted = (v: Signal, c: number): Signal => ({
  ...withoutSphere(v),
  square: v.square + 2 * c * v.mean + c * c,
  pair: v.pair + 2 * c * v.mean + c * c,
  mean: v.mean + c,
});

/** The effect of c·x, or of factors for each feature with mean `c` and mean square `c2`. */
export function scaledBy(v: Signal, c: number, c2: number = c * c): SignalStep {
  const own = c === 1 && c2 === 1 ? v : withoutSphere(v);
  return { value: { ...own, square: c2 * v.square, pair: c2 * v.pair, mean: c * v.mean }, gain: c2 };
}

/** The moments of a sum of values that depend on no common weights. */
export const added = (a: Signal, b: Signal): Signal => ({
  square: a.square + b.square + 2 * a.mean * b.mean,
  pair: a.pair + b.pair + 2 * a.mean * b.mean,
  mean: a.mean + b.mean,
  gaussian: a.gaussian && b.gaussian,
  roots: joined(a.roots, b.roots),
});

const withoutSphere = ({ sphere: _, ...v }: Signal): Signal => v;

/** The effect of a product with independent weights of mean 0; σ_w² is the fan-in times their mean square, `id` their number. */
export function weighted(v: Signal, sigmaW2: number, biasMean: number, biasSquare: number, id: number): SignalStep {
  return {
    value: { square: sigmaW2 * v.square + biasSquare, pair: sigmaW2 * v.pair + biasSquare, mean: biasMean, gaussian: true, roots: leaf(id) },
    gain: sigmaW2,
  };
}

/** Remembered moments, by activation and by the arguments on which they depend. */
const kept = new WeakMap<Activation, Map<string, readonly [number, number, number, number]>>();
const KEPT = 10_000;

/** The effect of φ(x) for a Gaussian x. Without `pairs` the moment of two examples is left 0. */
export function activated(v: Signal, phi: Activation, pairs: boolean): SignalStep {
  if (v.sphere !== undefined) {
    const m = sphereMoments(phi, v.sphere);
    const mean = normalExpectation(phi.phi, { kinks: phi.kinks });
    const gain = (m.projected * (v.sphere - 1)) / (v.sphere - 2);
    return { value: { square: m.square, pair: m.pair, mean, gaussian: false, roots: v.roots }, gain };
  }
  let own = kept.get(phi);
  if (!own) kept.set(phi, (own = new Map<string, readonly [number, number, number, number]>()));
  const key = `${v.square},${v.mean},${pairs ? v.pair : ""}`;
  let found = own.get(key);
  if (!found) {
    if (own.size >= KEPT) own.clear();
    own.set(key, (found = momentsOf(v, phi, pairs)));
  }
  const [square, pair, mean, gain] = found;
  return { value: { square, pair, mean, gaussian: false, roots: v.roots }, gain };
}

function momentsOf(v: Signal, phi: Activation, pairs: boolean): readonly [number, number, number, number] {
  const variance = Math.max(0, v.square - v.mean * v.mean);
  const over = (f: (x: number) => number): number => normalExpectation(f, { mean: v.mean, sd: Math.sqrt(variance), kinks: phi.kinks });
  const mean = over(phi.phi);
  const square = over((x) => phi.phi(x) ** 2);
  const covariance = v.pair - v.mean * v.mean;
  let pair = 0;
  if (pairs) {
    const c = variance === 0 ? 0 : covariance / variance;
    const f = (u: number): number => phi.phi(u + v.mean);
    const kinks = phi.kinks.map((k) => k - v.mean);
    const sd = Math.sqrt(variance);
    const near = Math.abs(c) < 1e-12 ? mean * mean : c > 1 - 1e-12 ? square : undefined;
    pair = near ?? normalPair(f, f, { sdU: sd, sdV: sd, correlation: c, kinksF: kinks, kinksG: kinks, tolerance: 1e-8 });
  }
  return [square, pair, mean, over((x) => phi.dphi(x) ** 2)];
}

/**
 * The effect of normalisation over examples (`batch`, infinitely many if absent) or over features, without γ and β. Undefined where the variance is 0, or
 * the batch is below 4.
 */
export function normalised(v: Signal, kind: "batch" | "layer" | "rms", batch?: number): SignalStep | undefined {
  const spread = kind === "batch" ? v.square - v.pair : kind === "layer" ? v.square - v.mean * v.mean : v.square;
  if (!(spread > 1e-12 * v.square)) return undefined;
  if (kind === "batch") {
    const finite = batch !== undefined && v.gaussian;
    if (finite && batch < 4) return undefined;
    const gain = (finite ? (batch / (batch - 3)) * ((batch - 2) / (batch - 1)) : 1) / spread;
    const value = { square: 1, pair: finite ? -1 / (batch - 1) : 0, mean: 0, gaussian: v.gaussian, roots: v.roots };
    return { value: finite ? { ...value, sphere: batch } : value, gain };
  }
  const m2 = kind === "layer" ? v.mean * v.mean : 0;
  const mean = kind === "layer" ? 0 : v.mean / Math.sqrt(spread);
  return { value: { square: (v.square - m2) / spread, pair: (v.pair - m2) / spread, mean, gaussian: v.gaussian, roots: v.roots }, gain: 1 / spread };
}

/** The moments of a gated sum y = T·h + (1 − T)·x of independent T, h and x, and its squared gains to each of them. */
export function gated(t: Signal, h: Signal, x: Signal): { readonly value: Signal; readonly gains: readonly [number, number, number] } {
  const [carry2, both] = [1 - 2 * t.mean + t.square, t.mean - t.square];
  const [carryPair, bothPair] = [1 - 2 * t.mean + t.pair, t.mean - t.pair];
  const cross = h.mean * x.mean;
  return {
    value: {
      square: t.square * h.square + carry2 * x.square + 2 * both * cross,
      pair: t.pair * h.pair + carryPair * x.pair + 2 * bothPair * cross,
      mean: t.mean * h.mean + (1 - t.mean) * x.mean,
      gaussian: false,
      roots: joined(joined(t.roots, h.roots), x.roots),
    },
    gains: [h.square - 2 * cross + x.square, t.square, carry2],
  };
}

/** The effect of the mean over `size` elements (average pooling). Assumes that positions are as correlated as examples. */
export function averaged(v: Signal, size: number): SignalStep {
  return { value: { ...withoutSphere(v), square: (v.square + (size - 1) * v.pair) / size, gaussian: false }, gain: 1 / size };
}
