import type { Activation as NamedActivation } from "../nn/layers/activation.js";
import { erf } from "../math/erf.js";
import { IsogradError, invariant, nearest } from "../util/errors.js";

/** An activation function φ of one number, differentiable except at its kinks. */
export interface Activation {
  readonly name: string;
  /** φ(x). */
  phi(x: number): number;
  /** φ′(x); at a kink the derivative from either side. */
  dphi(x: number): number;
  /** Points at which φ or φ′ is not smooth, ascending; quadrature ends its subintervals there. */
  readonly kinks: readonly number[];
  /** Whether φ is positively homogeneous, φ(c·x) = c·φ(x) for c > 0; E[φ′²] then does not depend on q. */
  readonly homogeneous?: true;
}

const sigma = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const square = (x: number): number => x * x;
/** sech² x without cancellation. */
const sech2 = (x: number): number => {
  const e = Math.exp(-2 * Math.abs(x));
  return (4 * e) / ((1 + e) * (1 + e));
};
/** Distribution function Φ(x) and density of the standard normal distribution. */
const normalCdf = (x: number): number => (1 + erf(x / Math.SQRT2)) / 2;
const normalPdf = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
const geluInner = (x: number): number => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);
/** Constants of SELU (Klambauer et al. 2017, equation 2). */
const SELU = { alpha: 1.6732632423543772, lambda: 1.0507009873554805 };

/** Leaky ReLU: x where x > 0, else alpha·x. */
export function leaky(alpha = 0.01): Activation {
  return { name: `leaky(${alpha})`, phi: (x) => (x > 0 ? x : alpha * x), dphi: (x) => (x > 0 ? 1 : alpha), kinks: [0], homogeneous: true };
}

/** ELU: x where x > 0, else alpha·(eˣ − 1). */
function elu(alpha = 1): Activation {
  return { name: `elu(${alpha})`, phi: (x) => (x > 0 ? x : alpha * Math.expm1(x)), dphi: (x) => (x > 0 ? 1 : alpha * Math.exp(x)), kinks: [0] };
}

/**
 * Makes the continuous piecewise-linear function through the `points` (at least one, x ascending), with the given slopes before the first and after
 * the last.
 */
export function piecewiseLinear(points: readonly (readonly [number, number])[], before: number, after: number, name = "piecewise"): Activation {
  invariant(points.length > 0 && points.every(([x], i) => i === 0 || x > points[i - 1]![0]), "the points of a piecewise-linear function ascend");
  const xs = points.map(([x]) => x);
  const slopes = [before, ...points.slice(1).map(([x, y], i) => (y - points[i]![1]) / (x - points[i]![0])), after];
  const segment = (x: number): number => {
    let i = 0;
    while (i < xs.length && x > xs[i]!) i++;
    return i;
  };
  return {
    name,
    phi: (x) => {
      const i = segment(x);
      const [px, py] = points[Math.max(0, i - 1)]!;
      return py + slopes[i]! * (x - px);
    },
    dphi: (x) => slopes[segment(x)]!,
    kinks: xs,
    ...(points.length === 1 && xs[0] === 0 && points[0]![1] === 0 ? { homogeneous: true } : {}),
  };
}

const TABLE: readonly Activation[] = [
  { name: "identity", phi: (x) => x, dphi: () => 1, kinks: [], homogeneous: true },
  { name: "relu", phi: (x) => (x > 0 ? x : 0), dphi: (x) => (x > 0 ? 1 : 0), kinks: [0], homogeneous: true },
  { ...leaky(), name: "leaky" },
  { name: "abs", phi: Math.abs, dphi: (x) => (x > 0 ? 1 : -1), kinks: [0], homogeneous: true },
  { name: "tanh", phi: Math.tanh, dphi: sech2, kinks: [] },
  { name: "sigmoid", phi: sigma, dphi: (x) => sech2(x / 2) / 4, kinks: [] },
  { name: "erf", phi: erf, dphi: (x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x), kinks: [] },
  { name: "gelu", phi: (x) => x * normalCdf(x), dphi: (x) => normalCdf(x) + x * normalPdf(x), kinks: [] },
  {
    name: "gelu-tanh",
    phi: (x) => (x / 2) * (1 + Math.tanh(geluInner(x))),
    dphi: (x) => (1 + Math.tanh(geluInner(x))) / 2 + (x / 2) * sech2(geluInner(x)) * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x),
    kinks: [],
  },
  { name: "silu", phi: (x) => x * sigma(x), dphi: (x) => sigma(x) * (1 + x * (1 - sigma(x))), kinks: [] },
  {
    name: "mish",
    phi: (x) => x * Math.tanh(softplus(x)),
    dphi: (x) => Math.tanh(softplus(x)) + x * sech2(softplus(x)) * sigma(x),
    kinks: [],
  },
  {
    name: "hardswish",
    phi: (x) => (x <= -3 ? 0 : x >= 3 ? x : (x * (x + 3)) / 6),
    dphi: (x) => (x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6),
    kinks: [-3, 3],
  },
  {
    ...piecewiseLinear(
      [
        [-3, 0],
        [3, 1],
      ],
      0,
      0,
    ),
    name: "hardsigmoid",
  },
  {
    ...piecewiseLinear(
      [
        [-1, -1],
        [1, 1],
      ],
      0,
      0,
    ),
    name: "hardtanh",
  },
  {
    ...piecewiseLinear(
      [
        [0, 0],
        [6, 6],
      ],
      0,
      0,
    ),
    name: "relu6",
  },
  { name: "sin", phi: Math.sin, dphi: Math.cos, kinks: [] },
  { name: "softplus", phi: softplus, dphi: sigma, kinks: [] },
  { name: "softsign", phi: (x) => x / (1 + Math.abs(x)), dphi: (x) => 1 / square(1 + Math.abs(x)), kinks: [0] },
  { ...elu(), name: "elu" },
  {
    name: "selu",
    phi: (x) => SELU.lambda * (x > 0 ? x : SELU.alpha * Math.expm1(x)),
    dphi: (x) => SELU.lambda * (x > 0 ? 1 : SELU.alpha * Math.exp(x)),
    kinks: [0],
  },
];

const BY_NAME: ReadonlyMap<string, Activation> = new Map(TABLE.map((a) => [a.name, a]));

/** The names of activations that {@link activation} accepts. */
export const ACTIVATION_NAMES: readonly string[] = [...BY_NAME.keys()];

/** Finds an activation by its name. Error `usage/option` with the nearest valid name. */
export function activation(name: string): Activation {
  const found = BY_NAME.get(name);
  if (found) return found;
  const near = nearest(name, BY_NAME.keys());
  throw new IsogradError("usage/option", `there is no activation "${name}"`, {
    expected: ACTIVATION_NAMES.join(", "),
    ...(near ? { fix: `did you mean "${near}"?` } : {}),
  });
}

/** Makes the activation that a network's spec names. */
export function activationOf(spec: NamedActivation): Activation {
  if (typeof spec === "string") return activation(spec);
  if (spec.name === "piecewise") return piecewiseLinear(spec.points, spec.before, spec.after);
  return spec.name === "elu" ? elu(spec.alpha) : leaky(spec.alpha);
}
