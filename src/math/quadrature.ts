import { invariant } from "../util/errors.js";

/** Nodes and weights of a Gauss–Legendre rule on [−1, 1]. */
interface Rule {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

/** Points per subinterval of the composite rule: exact for polynomials of degree 23. */
const ORDER = 12;
/** The largest number of times that a subinterval is halved: 2⁻⁴⁸ of a subinterval is below double precision. */
const DEPTH = 48;
/** Integrals end at this many standard deviations, where the normal density underflows; 2-D integrals, whose integrands grow polynomially, end sooner. */
const REACH = 38;
const REACH_PAIR = 11;

const rules = new Map<number, Rule>();

/** Computes the Gauss–Legendre rule of `n` points on [−1, 1]: the nodes are the roots of Pₙ, by Newton's method, the weights 2/((1 − x²)·P′ₙ(x)²). */
export function gaussLegendre(n: number): Rule {
  const known = rules.get(n);
  if (known) return known;
  const nodes = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let x = Math.cos((Math.PI * (n - i - 0.25)) / (n + 0.5));
    let slope = 0;
    for (let step = 0; step < 100; step++) {
      let [before, p] = [1, x];
      for (let k = 2; k <= n; k++) [before, p] = [p, ((2 * k - 1) * x * p - (k - 1) * before) / k];
      slope = (n * (before - x * p)) / (1 - x * x);
      const dx = p / slope;
      x -= dx;
      if (Math.abs(dx) < 1e-16) break;
    }
    nodes[i] = x;
    weights[i] = 2 / ((1 - x * x) * slope * slope);
  }
  const rule = { nodes, weights };
  rules.set(n, rule);
  return rule;
}

/** A function of one number. */
export type Integrand = (x: number) => number;

/**
 * Integrates f from the first to the last of the ascending `points`, by Gauss–Legendre quadrature on every subinterval between two neighbours. A subinterval is halved
 * while the halves differ from the whole by more than `tolerance` times ∫|f|. List kinks and jumps of f among the points: one that is not listed costs
 * halvings, not accuracy.
 */
export function integrate(f: Integrand, points: readonly number[], tolerance = 1e-12): number {
  const { nodes, weights } = gaussLegendre(ORDER);
  let size = 0;
  const over = (a: number, b: number): number => {
    const [half, middle] = [(b - a) / 2, (a + b) / 2];
    let sum = 0;
    let absolute = 0;
    for (let i = 0; i < ORDER; i++) {
      const v = weights[i]! * f(middle + half * nodes[i]!);
      sum += v;
      absolute += Math.abs(v);
    }
    measured = half * absolute;
    return half * sum;
  };
  let measured = 0;
  const firsts: number[] = [];
  const sizes: number[] = [];
  for (let i = 1; i < points.length; i++) {
    firsts.push(over(points[i - 1]!, points[i]!));
    sizes.push(measured);
    size += measured;
  }
  const refined = (a: number, b: number, whole: number, depth: number): number => {
    const middle = (a + b) / 2;
    const [left, right] = [over(a, middle), over(middle, b)];
    const wrong = Math.abs(left + right - whole);
    if (!(wrong > tolerance * size) || depth >= DEPTH) return left + right;
    return refined(a, middle, left, depth + 1) + refined(middle, b, right, depth + 1);
  };
  let total = 0;
  let lost = 0;
  firsts.forEach((whole, i) => {
    const counts = sizes[i]! > (tolerance * size) / 16;
    const part = (counts ? refined(points[i]!, points[i + 1]!, whole, 0) : whole) - lost;
    const sum = total + part;
    lost = sum - total - part;
    total = sum;
  });
  return total;
}

/** The normal density N(mean, sd²) (default N(0, 1)), and the points at which the integrand is not smooth. */
export interface NormalOptions {
  readonly mean?: number;
  readonly sd?: number;
  /** Points at which the integrand has a kink or a jump. */
  readonly kinks?: readonly number[];
  readonly tolerance?: number;
}

/** Distances at which subintervals end: from 0 for the integrand, whose length scale is 1, and from the mean for the density, in units of σ. */
const OWN_SCALE = [0, 0.5, 1, 2, 4, 8, 16];
const COARSE_SCALE = [0, 2, 8];
const DENSITY_SCALE = [0, 0.5, 1, 2, 4, 8, 16];
const COARSE_DENSITY = [0, 1.5, 4];

function subintervalsOf(
  mean: number,
  sd: number,
  reach: number,
  kinks: readonly number[],
  own: readonly number[],
  density: readonly number[],
): number[] {
  const [low, high] = [mean - reach * sd, mean + reach * sd];
  const inside = (v: number): boolean => v > low && v < high;
  const points = new Set([low, high]);
  for (const d of density) for (const s of [-1, 1]) points.add(mean + s * d * sd);
  for (const d of own) for (const s of [-1, 1]) if (inside(s * d)) points.add(s * d);
  for (const k of kinks) if (inside(k)) points.add(k);
  const sorted = [...points].sort((a, b) => a - b);
  // Points closer than rounding would make empty subintervals.
  return sorted.filter((v, i) => i === 0 || v - sorted[i - 1]! > 1e-14 * (Math.abs(v) + sd));
}

const SQRT_2PI = Math.sqrt(2 * Math.PI);

/**
 * Computes E[f(u)], u ~ N(mean, sd²), to about `tolerance` relative to E|f|. The variable of integration is u, with subintervals on the scale of f (1) and on
 * that of the density (sd), so that sd = 20 000 is as accurate as sd = .001; a Gauss–Hermite rule would miss an f that is narrow beside the density.
 * Assumes that f varies on scales of about 1 or more away from its kinks, and grows no faster than e^{O(|u|)}.
 */
export function normalExpectation(f: Integrand, { mean = 0, sd = 1, kinks = [], tolerance = 1e-12 }: NormalOptions = {}): number {
  invariant(sd >= 0 && Number.isFinite(sd) && Number.isFinite(mean), "a normal density has a finite mean and a standard deviation of at least 0");
  if (sd === 0) return f(mean);
  return weighted(f, mean, sd, subintervalsOf(mean, sd, REACH, kinks, OWN_SCALE, DENSITY_SCALE), tolerance);
}

function weighted(f: Integrand, mean: number, sd: number, points: readonly number[], tolerance: number): number {
  const front = 1 / (SQRT_2PI * sd);
  const density: Integrand = (u) => {
    const z = (u - mean) / sd;
    const p = front * Math.exp((-z * z) / 2);
    return p === 0 ? 0 : p * f(u);
  };
  return integrate(density, points, tolerance);
}

/** A bivariate normal density of mean 0, and the points at which the two integrands are not smooth. */
export interface PairOptions {
  readonly sdU: number;
  readonly sdV: number;
  /** Correlation of u and v, −1 … 1. */
  readonly correlation: number;
  readonly kinksF?: readonly number[];
  readonly kinksG?: readonly number[];
  readonly tolerance?: number;
}

/** Computes E[f(u)·g(v)] of jointly normal u and v of mean 0, as an outer integral over u of f(u)·E[g(v) | u]. Assumes at most polynomial growth of f and g. */
export function normalPair(f: Integrand, g: Integrand, o: PairOptions): number {
  const { sdU, sdV, kinksF = [], kinksG = [], tolerance = 1e-10 } = o;
  const c = Math.max(-1, Math.min(1, o.correlation));
  if (sdU === 0) return f(0) * normalExpectation(g, { sd: sdV, kinks: kinksG });
  const slope = (c * sdV) / sdU;
  const sd = sdV * Math.sqrt(Math.max(0, (1 - c) * (1 + c)));
  const inner: Integrand =
    sd === 0
      ? (u) => g(slope * u)
      : (u) => weighted(g, slope * u, sd, subintervalsOf(slope * u, sd, REACH_PAIR, kinksG, COARSE_SCALE, COARSE_DENSITY), tolerance);
  // Where the conditional mean crosses a kink of g, the inner expectation bends on the scale of sd.
  const bends = slope === 0 ? [] : kinksG.map((k) => k / slope);
  const near = slope === 0 || sd === 0 ? [] : bends.flatMap((k) => [k - (3 * sd) / Math.abs(slope), k + (3 * sd) / Math.abs(slope)]);
  const points = subintervalsOf(0, sdU, REACH_PAIR, [...kinksF, ...bends, ...near], COARSE_SCALE, COARSE_DENSITY);
  return weighted(
    (u) => {
      const own = f(u);
      return own === 0 ? 0 : own * inner(u);
    },
    0,
    sdU,
    points,
    tolerance,
  );
}

/**
 * Finds a root of a continuous f between `low` and `high`, where f has opposite signs, by Ridders' method (secants inside a bisection bracket), until
 * the bracket is narrower than `tolerance` relative to its ends.
 */
export function rootBetween(f: Integrand, low: number, high: number, tolerance = 1e-13): number {
  let [a, b] = [low, high];
  let [fa, fb] = [f(a), f(b)];
  if (fa === 0) return a;
  if (fb === 0) return b;
  invariant(fa < 0 !== fb < 0, "a root is looked for where the signs differ");
  for (let i = 0; i < 200; i++) {
    const m = (a + b) / 2;
    const fm = f(m);
    const s = Math.sqrt(fm * fm - fa * fb);
    if (s === 0 || fm === 0) return m;
    const x = m + ((m - a) * (fa > fb ? 1 : -1) * fm) / s;
    const fx = f(x);
    if (fx === 0) return x;
    if (fm < 0 !== fx < 0) [a, fa, b, fb] = [m, fm, x, fx];
    else if (fa < 0 !== fx < 0) [b, fb] = [x, fx];
    else [a, fa] = [x, fx];
    if (Math.abs(b - a) <= tolerance * Math.max(Math.abs(a), Math.abs(b), 1e-300)) break;
  }
  return Math.abs(fa) < Math.abs(fb) ? a : b;
}
