import { hvpGraph } from "../autodiff/gradient.js";
import { appendLossOnLogits } from "../autodiff/loss.js";
import type { LossRequest } from "../autodiff/loss.js";
import { sizeOf, tensor } from "../graph/tensor.js";
import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { newBuilder } from "../ops/registry.js";
import type { Bound } from "../passes/bind.js";
import { refuseTooLarge } from "../passes/memory.js";
import { parametersOf } from "../passes/parameters.js";
import type { Runtime } from "../runtime/runtime.js";
import { stream } from "../util/random.js";

/** What is needed to compute the largest eigenvalue of the Hessian. */
export interface CurvatureRun {
  readonly bound: Bound;
  readonly loss: LossRequest;
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly labels?: Tensor;
  readonly runtime: Runtime;
  readonly seed: number;
  readonly memoryLimit: number;
  /** Brings tensors to the graph's element types. */
  readonly feeds: (graph: Graph, tensors: ReadonlyMap<string, Tensor>) => Map<string, Tensor>;
  readonly onProgress?: (what: string) => void;
}

const STEPS = 40;
/** Vectors of doubles that Lanczos' method and its arithmetic hold at a time. */
const VECTORS = 6;
const TOLERANCE = 1e-3;

/**
 * Computes the largest eigenvalue λmax of the Hessian of the loss over all parameters, by Lanczos' method on exact Hessian–vector products (Pearlmutter 1994),
 * until two steps in a row change it by less than 0.1 %, or 40 steps. Gradient descent on a quadratic is stable below a learning rate of 2/λmax. Errors:
 * `memory/limit`, `runtime/…`.
 */
export async function largestCurvature(run: CurvatureRun): Promise<number> {
  const b = newBuilder(run.bound.graph);
  const end = appendLossOnLogits(b, run.bound, run.loss);
  const wrt = parametersOf(run.bound, end.from)
    .filter((p) => p.reaches)
    .map((p) => p.name);
  const hvp = hvpGraph(b.build(run.bound.graph.name), { loss: end.loss, wrt });
  const size = [...hvp.directions.values()].reduce((n, input) => n + sizeOf(hvp.graph.types.get(input)!.shape), 0);
  refuseTooLarge(hvp.graph, run.memoryLimit, run.runtime.peakBytes, VECTORS * 8 * size);
  const tensors = new Map(run.tensors);
  if (end.labelsInput !== undefined && run.labels) tensors.set(end.labelsInput, run.labels);
  const executable = await run.runtime.prepare(hvp.graph);
  const product = async (v: ParameterVector): Promise<ParameterVector> => {
    for (const [name, input] of hvp.directions) tensors.set(input, v.get(name)!);
    const values = await executable.run(run.feeds(hvp.graph, tensors));
    return new Map([...v].map(([name, t]) => [name, values.get(hvp.hvps.get(name) ?? "") ?? zero(t)]));
  };
  try {
    return await lanczos(product, randomStart(hvp.graph, hvp.directions, run.seed), run.onProgress);
  } finally {
    await executable.dispose();
  }
}

/** A vector in the space of all parameters, as one tensor for each. */
export type ParameterVector = ReadonlyMap<string, Tensor>;

const zero = (t: Tensor): Tensor => ({ ...t, data: new Float64Array(t.data.length) });

/** Draws the start vector of Lanczos' method from N(0, I), by the seed and each parameter's name. `directions`: graph inputs by parameter, for their types. */
export function randomStart(graph: Graph, directions: ReadonlyMap<string, string>, seed: number): ParameterVector {
  return new Map(
    [...directions].map(([name, input]) => {
      const { dtype, shape } = graph.types.get(input)!;
      const random = stream(seed, `curvature/${name}`);
      const size = shape.reduce((n, d) => n * d, 1);
      return [
        name,
        tensor(
          dtype,
          shape,
          Float64Array.from({ length: size }, (_, i) => random.normal(i)),
        ),
      ];
    }),
  );
}

/**
 * Computes the largest eigenvalue of a symmetric operator, given by its products with vectors, by Lanczos' method. It keeps three vectors and does not
 * reorthogonalise: copies of eigenvalues ("ghosts") do not change the extreme ones (Paige 1980). NaN where a product is not finite.
 */
export async function lanczos(
  product: (v: ParameterVector) => Promise<ParameterVector>,
  first: ParameterVector,
  onProgress?: (what: string) => void,
): Promise<number> {
  let v = scaled(first, 1 / Math.sqrt(dot(first, first)));
  let before: ParameterVector | undefined;
  const [diagonal, off]: [number[], number[]] = [[], []];
  let [value, steady] = [-Infinity, 0];
  for (let step = 0; step < STEPS; step++) {
    onProgress?.(`measuring the curvature, step ${step + 1} of at most ${STEPS}`);
    let w = await product(v);
    if (before) w = addScaled(w, before, -off[off.length - 1]!);
    const alpha = dot(v, w);
    if (!Number.isFinite(alpha)) return NaN;
    diagonal.push(alpha);
    w = addScaled(w, v, -alpha);
    const beta = Math.sqrt(dot(w, w));
    const next = largestEigenvalue(diagonal, off);
    steady = Math.abs(next - value) <= TOLERANCE * Math.abs(next) ? steady + 1 : 0;
    value = next;
    // The space is exhausted when nothing is left beyond rounding; two steady steps in a row count as converged.
    if (steady >= 2 || beta <= 1e-12 * Math.max(1, Math.abs(value))) break;
    off.push(beta);
    before = v;
    v = scaled(w, 1 / beta);
  }
  return value;
}

/** Computes the largest eigenvalue of a symmetric tridiagonal matrix (`off`: the elements beside its diagonal) by bisection with Sturm sequences. */
function largestEigenvalue(diagonal: readonly number[], off: readonly number[]): number {
  const reach = (i: number): number => Math.abs(off[i - 1] ?? 0) + Math.abs(i < diagonal.length - 1 ? off[i]! : 0);
  let low = diagonal.reduce((m, d) => Math.max(m, d), -Infinity);
  let high = diagonal.reduce((m, d, i) => Math.max(m, d + reach(i)), -Infinity);
  const above = (x: number): boolean => {
    // Some eigenvalue lies above x when the Sturm sequence of x·I − T turns negative somewhere.
    let q = 1;
    for (let i = 0; i < diagonal.length; i++) {
      q = x - diagonal[i]! - (i > 0 ? off[i - 1]! ** 2 / q : 0);
      if (q < 0) return true;
      if (q === 0) q = 1e-300;
    }
    return false;
  };
  for (let i = 0; i < 200 && high - low > 1e-12 * Math.max(Math.abs(low), Math.abs(high)); i++) {
    const middle = (low + high) / 2;
    if (above(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The inner product of two vectors. */
export const dot = (a: ParameterVector, b: ParameterVector): number => {
  let sum = 0;
  for (const [name, t] of a) {
    const other = b.get(name)!.data;
    for (let i = 0; i < t.data.length; i++) sum += t.data[i]! * other[i]!;
  }
  return sum;
};
const mapped = (a: ParameterVector, f: (v: number, name: string, i: number) => number): ParameterVector =>
  new Map([...a].map(([name, t]) => [name, { ...t, data: Float64Array.from(t.data, (v, i) => f(v, name, i)) }]));
const scaled = (a: ParameterVector, factor: number): ParameterVector => mapped(a, (v) => v * factor);
/** a + factor·b. */
export const addScaled = (a: ParameterVector, b: ParameterVector, factor: number): ParameterVector =>
  mapped(a, (v, name, i) => v + factor * b.get(name)!.data[i]!);
