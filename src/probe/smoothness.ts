import type { Graph } from "../graph/graph.js";
import { sizeOf } from "../graph/tensor.js";
import type { NumericArray, Tensor } from "../graph/tensor.js";
import { newBuilder, traitsOf } from "../ops/registry.js";
import type { Runtime } from "../runtime/runtime.js";
import { IsogradError } from "../util/errors.js";
import { stream } from "../util/random.js";
import { mean } from "../math/statistics.js";
import { differential, rowsMix } from "./differential.js";
import type { Differential, Point } from "./differential.js";
import { lnLength } from "./jacobian.js";
import { lnSum } from "../math/statistics.js";

/** The smoothness of a network as a function along paths between examples. Natural logarithms of norms (not of squares), means over the paths. */
export interface Smoothness {
  /** Whether examples influence each other; then all paths together count as one path of the whole batch. */
  readonly mixes: boolean;
  /** ln of (‖ΔJ‖_F/‖J‖_F)/(‖Δx‖/‖x‖), the relative change of the Jacobian over the relative change of the input. */
  readonly lnJacobian: number;
  /** ln of ‖ΔJ‖_F/‖Δx‖. */
  readonly lnJacobianRaw: number;
  /** ln of the output's trajectory length over the input's: relative to the norms of outputs and inputs, and raw. */
  readonly lnLength: number;
  readonly lnLengthRaw: number;
  /** ln of the number of sign changes of ReLU units on a path as long as an example's norm; null where there is no ReLU, −Infinity where none changes. */
  readonly lnRegions: number | null;
  /** ln of ‖Jᵀu‖²/‖u‖² at the examples, a square: the growth of the gradient from output to input. */
  readonly lnGrowth: number;
}

/** A network prepared for measurements along paths. */
export interface PathNetwork {
  readonly d: Differential;
  /** Whether there are ReLUs, whose signs are recorded. */
  readonly hasRelu: boolean;
}

/** Options of a measurement along paths. */
export interface PathRequest {
  /** Number of steps on every path. */
  readonly steps: number;
  /** Number of random cotangents u, which stay the same along a path. */
  readonly probes: number;
  readonly seed: number;
}

/** Prepares the derivative of a network's output, and the signs of the pre-activations of its ReLUs. Error `spec/invalid` where there is not one float input. */
export function pathNetwork(graph: Graph, output: string, tools: { readonly runtime: Runtime; readonly memoryLimit: number }): PathNetwork {
  const b = newBuilder(graph);
  const preActivations = [...new Set(graph.nodes.filter((n) => traitsOf(n).rectifies).map((n) => n.inputs[0]!))];
  const signs = preActivations.map((v) => b.greater(v, b.scalar(0, v)));
  return { d: differential(b.build(graph.name), output, tools, signs), hasRelu: signs.length > 0 };
}

/**
 * Measures smoothness on paths from every example x_a to the next one x_b (from the last to the first): arcs x(θ) = x_a·cos θ + x_b·sin θ, 0 ≤ θ ≤ π/2, which
 * keep the norm and, over a batch, the variance of independent examples (as the circular trajectories of Poole et al. 2016 do). ‖ΔJ‖_F is estimated by ‖ΔJᵀu‖
 * with the same u ~ N(0, I) at all points (Hutchinson), over steps of a fixed angle. The Jacobian of a ReLU network is piecewise constant, so ‖ΔJ‖/‖Δx‖ has no
 * limit for small steps, and networks are compared at one number of steps. Error `spec/invalid` with one example.
 */
export async function smoothness({ d, hasRelu }: PathNetwork, at: Point, { steps, probes, seed }: PathRequest): Promise<Smoothness> {
  const x = at.inputs.get(d.input)!;
  const rows = x.shape[0]!;
  if (rows < 2)
    throw new IsogradError("spec/invalid", "a path between data takes two examples", { at: ["batch", "examples"], expected: "at least 2", received: String(rows) }); // prettier-ignore
  const mixes = await rowsMix(d, at);
  const paths = mixes ? 1 : rows;
  const split = (data: ArrayLike<number>): readonly Float64Array[] => {
    const size = data.length / paths;
    return Array.from({ length: paths }, (_, p) => Float64Array.from({ length: size }, (_v, i) => data[p * size + i]!));
  };
  const cotangents = Array.from({ length: probes }, (_, k) => stream(seed, `smoothness/${k}`).normals(new Float64Array(sizeOf(d.to.shape))));
  const points: PathPoint[][] = Array.from({ length: paths }, () => []);
  for (let i = 0; i <= steps; i++) {
    const here = onArc(x, (i / steps) * (Math.PI / 2));
    const point = { ...at, inputs: new Map(at.inputs).set(d.input, here) };
    const products = [];
    for (const u of cotangents) products.push(await d.vjp(point, u));
    const [first] = products as [(typeof products)[0]];
    const [xs, fs, gs, signs] = [
      split(here.data),
      split(first.value),
      products.map((p) => split(p.cotangent)),
      first.also.map((s) => partsOf(s, paths)),
    ];
    points.forEach((path, p) => path.push({ x: xs[p]!, f: fs[p]!, g: gs.map((g) => g[p]!), signs: signs.map((s) => s[p]!) }));
  }
  const totals = points.map(totalsOf);
  const over = (f: (a: PathTotals) => number): number => mean(totals.map(f));
  const us = cotangents.map(split);
  return {
    mixes,
    lnJacobian: over((a) => a.lnJacobianChange - a.lnJacobianNorm - a.lnInputChange + a.lnInputNorm),
    lnJacobianRaw: over((a) => a.lnJacobianChange - 0.5 * Math.log(probes) - a.lnInputChange),
    lnLength: over((a) => a.lnOutputLength - a.lnOutputNorm - a.lnInputLength + a.lnInputNorm),
    lnLengthRaw: over((a) => a.lnOutputLength - a.lnInputLength),
    lnRegions: hasRelu ? Math.log(over((a) => a.flips * Math.exp(a.lnInputNorm - a.lnInputLength)) / (mixes ? rows : 1)) : null,
    lnGrowth: mean(points.flatMap(([s], p) => s!.g.map((g, k) => 2 * (lnLength([g]) - lnLength([us[k]![p]!]))))),
  };
}

/** The measurements at one point of a path. */
interface PathPoint {
  readonly x: Float64Array;
  readonly f: Float64Array;
  /** Jᵀu of every cotangent u. */
  readonly g: readonly Float64Array[];
  /** For every ReLU whether the pre-activations of its units are above 0. */
  readonly signs: readonly NumericArray[];
}

/** Totals over a path. */
interface PathTotals {
  /** ½ ln of the mean over the steps of Σ‖ΔJᵀu‖² over the cotangents, and of Σ‖Jᵀu‖². */
  readonly lnJacobianChange: number;
  readonly lnJacobianNorm: number;
  /** ½ ln of the mean of ‖Δx‖² over the steps, and of ‖x‖² and ‖f‖² over their ends. */
  readonly lnInputChange: number;
  readonly lnInputNorm: number;
  readonly lnOutputNorm: number;
  /** ln Σ‖Δx‖ and ln Σ‖Δf‖. */
  readonly lnInputLength: number;
  readonly lnOutputLength: number;
  /** Changes of sign of ReLU units. */
  readonly flips: number;
}

function totalsOf(path: readonly PathPoint[]): PathTotals {
  const steps = path.slice(1).map((to, i) => ({ from: path[i]!, to }));
  const rms = (rows: readonly Float64Array[]): number => lnLength(rows) - 0.5 * Math.log(steps.length);
  const ends = (of: (s: PathPoint) => readonly Float64Array[]): number => rms(steps.flatMap((s) => [...of(s.from), ...of(s.to)])) - 0.5 * Math.LN2;
  const moves = steps.map((s) => minus(s.to.x, s.from.x));
  const sum = (rows: readonly Float64Array[]): number => lnSum(rows.map((r) => lnLength([r])));
  return {
    lnJacobianChange: rms(steps.flatMap((s) => s.to.g.map((g, k) => minus(g, s.from.g[k]!)))),
    lnJacobianNorm: ends((s) => s.g),
    lnInputChange: rms(moves),
    lnInputNorm: ends((s) => [s.x]),
    lnOutputNorm: ends((s) => [s.f]),
    lnInputLength: sum(moves),
    lnOutputLength: sum(steps.map((s) => minus(s.to.f, s.from.f))),
    flips: steps.reduce((n, s) => n + s.to.signs.reduce((m, v, k) => m + different(v, s.from.signs[k]!), 0), 0),
  };
}

const minus = (a: Float64Array, b: Float64Array): Float64Array => a.map((v, i) => v - b[i]!);

function different(a: NumericArray, b: NumericArray): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) count++;
  return count;
}

const partsOf = (data: NumericArray, parts: number): readonly NumericArray[] =>
  Array.from({ length: parts }, (_, p) => data.subarray((p * data.length) / parts, ((p + 1) * data.length) / parts));

/** x_a·cos θ + x_b·sin θ for every example x_a, x_b the next example. */
function onArc(x: Tensor, angle: number): Tensor {
  const size = x.data.length / x.shape[0]!;
  const [a, b] = [Math.cos(angle), Math.sin(angle)];
  const data = x.data.slice();
  for (let i = 0; i < data.length; i++) data[i] = a * x.data[i]! + b * x.data[(i + size) % data.length]!;
  return { ...x, data };
}
