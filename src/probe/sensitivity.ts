import { sizeOf } from "../graph/tensor.js";
import type { NumericArray, Tensor } from "../graph/tensor.js";
import { stream } from "../util/random.js";
import { orthogonalRows, product } from "../math/singular-values.js";
import { mean } from "../math/statistics.js";
import type { Differential, Point } from "./differential.js";
import { rowsMix } from "./differential.js";
import { lnLength } from "./jacobian.js";
import { lnSum } from "../math/statistics.js";

/** The response of the output to a perturbation of the input: natural logarithms of squares, means over examples and directions. */
export interface SquaredResponse {
  /** ln (‖f(x + εδ) − f(x)‖²/‖εδ‖²). */
  readonly raw: number;
  /** ln of the same relative to input and output, times ‖x‖²/‖f(x)‖². */
  readonly relative: number;
}

/** The sensitivity of a network's output to perturbations of its input. */
export interface Sensitivity {
  /** Whether examples influence each other; then every example's response is to its own perturbation and to those of all others. */
  readonly mixes: boolean;
  /** Dimension of the principal subspace of the batch. */
  readonly subspace: number;
  /** The response to δ ~ N(0, I), all examples perturbed at once. */
  readonly isotropic: SquaredResponse;
  /** The responses to δ projected on the principal subspace of the data, and on its orthogonal complement; null where that has dimension 0. */
  readonly inside: SquaredResponse | null;
  readonly off: SquaredResponse | null;
  /** With only the first example perturbed, isotropically: its own response, and ln of (the others' summed squared change/its squared perturbation). */
  readonly alone: SquaredResponse & { readonly others: number };
  /**
   * Two estimates of ln ‖J‖_F²: from n·mean ‖Jδ‖²/‖δ‖² by forward mode, and from m·mean ‖Jᵀu‖²/‖u‖² by reverse mode, for n inputs and m outputs of an example (of
   * the batch where examples influence each other).
   */
  readonly lnForward: number;
  readonly lnBackward: number;
}

/** Options of a sensitivity measurement. */
export interface SensitivityRequest {
  /** Length of a perturbation relative to the example's own. */
  readonly size: number;
  /** Number of random directions of each kind. */
  readonly directions: number;
  readonly seed: number;
  /** Share of the variance in the principal subspace, 0 … 1. */
  readonly share: number;
}

/** Measures the response to perturbations of the input in all directions, inside and off the principal subspace of the batch, of one example and of all. */
export async function sensitivity(d: Differential, at: Point, { size, directions, seed, share }: SensitivityRequest): Promise<Sensitivity> {
  const x = at.inputs.get(d.input)!;
  const rows = d.from.shape[0]!;
  const mixes = await rowsMix(d, at);
  const before = await d.value(at);
  const inputs = split(x.data, rows);
  const basis = principalSubspace(inputs, share);
  const directionsOf = (kind: string, k: number): readonly Float64Array[] =>
    inputs.map((_, e) => normals(seed, `sensitivity/${kind}/${k}/${e}`, inputs[0]!.length));
  const respond = async (kind: string, project: (v: Float64Array) => Float64Array, only?: number): Promise<ResponseToOne> => {
    const found: { own: number; relative: number; others: number }[] = [];
    for (let k = 0; k < directions; k++) {
      const step = directionsOf(kind, k).map((v, e) =>
        only === undefined || e === only ? scaledTo(project(v), size * length(inputs[e]!)) : new Float64Array(v.length),
      );
      const after = await d.value(perturbed(d, at, x, step));
      const [f, change] = [split(before, rows), difference(after, before, rows)];
      for (const e of only === undefined ? inputs.keys() : [only]) {
        const own = 2 * (lnLength([change[e]!]) - lnLength([step[e]!]));
        const others = only === undefined ? NaN : 2 * (lnLength(change.filter((_, i) => i !== e)) - lnLength([step[e]!]));
        found.push({ own, relative: own + 2 * (lnLength([inputs[e]!]) - lnLength([f[e]!])), others });
      }
    }
    return {
      raw: mean(found.map((a) => a.own)),
      relative: mean(found.map((a) => a.relative)),
      others: lnSum(found.map((a) => a.others)) - Math.log(found.length),
    };
  };
  const withoutOthers = ({ raw, relative }: ResponseToOne): SquaredResponse => ({ raw, relative });
  const whole = (v: Float64Array): Float64Array => v;
  const full = basis.length >= inputs[0]!.length;
  return {
    mixes,
    subspace: basis.length,
    isotropic: withoutOthers(await respond("isotropic", whole)),
    inside: basis.length === 0 ? null : withoutOthers(await respond("inside", (v) => projected(v, basis))),
    off: full ? null : withoutOthers(await respond("off", (v) => minus(v, projected(v, basis)))),
    alone: await respond("alone", whole, 0),
    ...(await frobeniusEstimates(d, at, { directions, seed, rows: mixes ? 1 : rows })),
  };
}

/** A response, and ln of the squared response of the other examples where only one is perturbed (else NaN). */
interface ResponseToOne extends SquaredResponse {
  readonly others: number;
}

/** ln of n·mean ‖Jδ‖²/‖δ‖² and of m·mean ‖Jᵀu‖²/‖u‖², of `rows` independent rows. */
async function frobeniusEstimates(
  d: Differential,
  at: Point,
  { directions, seed, rows }: { readonly directions: number; readonly seed: number; readonly rows: number },
): Promise<{ readonly lnForward: number; readonly lnBackward: number }> {
  const gains = async (key: string, from: number, apply: (v: Float64Array) => Promise<NumericArray>): Promise<number> => {
    const found: number[] = [];
    for (let k = 0; k < directions; k++) {
      const v = normals(seed, `sensitivity/${key}/${k}`, from);
      const after = split(await apply(v), rows);
      split(v, rows).forEach((row, e) => found.push(2 * (lnLength([after[e]!]) - lnLength([row]))));
    }
    return Math.log(from / rows) + lnSum(found) - Math.log(found.length);
  };
  return {
    lnForward: await gains("forward", sizeOf(d.from.shape), async (v) => (await d.jvp(at, v)).tangent),
    lnBackward: await gains("backward", sizeOf(d.to.shape), async (u) => (await d.vjp(at, u)).cotangent),
  };
}

/**
 * Computes an orthonormal basis of the principal subspace of some examples: the principal components, by singular values of the centred data, that together
 * hold `share` of the variance. There are at most one fewer than examples.
 */
export function principalSubspace(examples: readonly ArrayLike<number>[], share: number): readonly Float64Array[] {
  const size = examples[0]?.length ?? 0;
  const centre = Float64Array.from({ length: size }, (_, i) => mean(examples.map((x) => x[i]!)));
  const components = orthogonalRows(examples.map((x) => Float64Array.from({ length: size }, (_, i) => x[i]! - centre[i]!)));
  const squares = components.map((c) => product(c, c));
  const all = squares.reduce((s, v) => s + v, 0);
  const basis: Float64Array[] = [];
  let held = 0;
  for (let i = 0; i < components.length && held < share * all && squares[i]! > 1e-20 * squares[0]!; i++) {
    held += squares[i]!;
    basis.push(components[i]!.map((v) => v / Math.sqrt(squares[i]!)));
  }
  return basis;
}

function projected(v: Float64Array, basis: readonly Float64Array[]): Float64Array {
  const inside = new Float64Array(v.length);
  for (const q of basis) {
    const c = product(v, q);
    for (let i = 0; i < v.length; i++) inside[i]! += c * q[i]!;
  }
  return inside;
}

const minus = (a: Float64Array, b: Float64Array): Float64Array => a.map((v, i) => v - b[i]!);
const length = (v: ArrayLike<number>): number => Math.exp(lnLength([v]));
const normals = (seed: number, key: string, size: number): Float64Array => stream(seed, key).normals(new Float64Array(size));

function scaledTo(v: Float64Array, to: number): Float64Array {
  const own = length(v);
  return own === 0 ? v : v.map((c) => (c / own) * to);
}

const split = (data: ArrayLike<number>, rows: number): readonly Float64Array[] => {
  const size = data.length / rows;
  return Array.from({ length: rows }, (_, r) => Float64Array.from({ length: size }, (_v, i) => data[r * size + i]!));
};

const difference = (a: ArrayLike<number>, b: ArrayLike<number>, rows: number): readonly Float64Array[] =>
  split(
    Float64Array.from({ length: a.length }, (_, i) => a[i]! - b[i]!),
    rows,
  );

function perturbed(d: Differential, at: Point, x: Tensor, step: readonly Float64Array[]): Point {
  const data = x.data.slice();
  const size = step[0]!.length;
  step.forEach((s, e) => s.forEach((v, i) => void (data[e * size + i]! += v)));
  return { ...at, inputs: new Map(at.inputs).set(d.input, { ...x, data }) };
}
