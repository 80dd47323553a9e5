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
import { lnSum } from "./measurement.js";

/** How smooth a network is as a function, along paths between data. Logarithms of lengths (not of squares), means over the paths. */
export interface Smoothness {
  /** Whether examples influence each other: then all paths are walked as one, and there is one number for the batch. */
  readonly mixes: boolean;
  /** ln of (‖ΔJ‖_F/‖J‖_F)/(‖Δx‖/‖x‖): how fast the Jacobian turns, in shares of itself. */
  readonly lnJacobian: number;
  /** ln of ‖ΔJ‖_F/‖Δx‖. */
  readonly lnJacobianRaw: number;
  /** ln of the output's trajectory length over the input's: in shares of the outputs' and inputs' own lengths, and raw. */
  readonly lnLength: number;
  readonly lnLengthRaw: number;
  /** ln of how many ReLU units change sign on a path of the length of an example; null where there is no rectifier, −Infinity where none changes. */
  readonly lnRegions: number | null;
  /** ln of ‖Jᵀu‖²/‖u‖² at the data, a square: growth of the gradient from output to input. */
  readonly lnGrowth: number;
}

/** A network made ready to be walked. */
export interface Walk {
  readonly d: Differential;
  /** Whether there are ReLUs to watch. */
  readonly watched: boolean;
}

/** How to walk. */
export interface WalkRequest {
  /** Steps on every path. */
  readonly steps: number;
  /** Random cotangents u, the same along a path. */
  readonly probes: number;
  readonly seed: number;
}

/** Prepares the derivative, and the signs of what ReLUs take. */
export function walkOf(graph: Graph, output: string, tools: { readonly runtime: Runtime; readonly memoryLimit: number }): Walk {
  const b = newBuilder(graph);
  const taken = [...new Set(graph.nodes.filter((n) => traitsOf(n).rectifies).map((n) => n.inputs[0]!))];
  const signs = taken.map((v) => b.greater(v, b.scalar(0, v)));
  return { d: differential(b.build(graph.name), output, tools, signs), watched: signs.length > 0 };
}

/**
 * Walks from every example x_a to the next one x_b (the last to the first) on the arc x(θ) = x_a·cos θ + x_b·sin θ, 0 ≤ θ ≤ π/2, which keeps the length and, over a batch, the variance of
 * independent data (as the circular trajectories of Poole et al. 2016 do). ‖ΔJ‖_F is estimated by ‖ΔJᵀu‖, u ~ N(0, I) the same at all points (Hutchinson), over steps of a fixed angle: a ReLU network's
 * Jacobian jumps, so ‖ΔJ‖/‖Δx‖ has no limit for small steps, and networks are compared at one number of steps. Error `spec/invalid` with one example.
 */
export async function smoothness({ d, watched }: Walk, at: Point, { steps, probes, seed }: WalkRequest): Promise<Smoothness> {
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
  const walked: Station[][] = Array.from({ length: paths }, () => []);
  for (let i = 0; i <= steps; i++) {
    const here = onArc(x, (i / steps) * (Math.PI / 2));
    const point = { ...at, inputs: new Map(at.inputs).set(d.input, here) };
    const pulled = [];
    for (const u of cotangents) pulled.push(await d.pull(point, u));
    const [first] = pulled as [(typeof pulled)[0]];
    const [xs, fs, gs, signs] = [
      split(here.data),
      split(first.value),
      pulled.map((p) => split(p.cotangent)),
      first.also.map((s) => partsOf(s, paths)),
    ];
    walked.forEach((path, p) => path.push({ x: xs[p]!, f: fs[p]!, g: gs.map((g) => g[p]!), signs: signs.map((s) => s[p]!) }));
  }
  const found = walked.map(alongPath);
  const over = (f: (a: Along) => number): number => mean(found.map(f));
  const drawn = cotangents.map(split);
  return {
    mixes,
    lnJacobian: over((a) => a.lnTurn - a.lnSize - a.lnMove + a.lnInput),
    lnJacobianRaw: over((a) => a.lnTurn - 0.5 * Math.log(probes) - a.lnMove),
    lnLength: over((a) => a.lnWay - a.lnOutput - a.lnPath + a.lnInput),
    lnLengthRaw: over((a) => a.lnWay - a.lnPath),
    lnRegions: watched ? Math.log(over((a) => a.flips * Math.exp(a.lnInput - a.lnPath)) / (mixes ? rows : 1)) : null,
    lnGrowth: mean(walked.flatMap(([s], p) => s!.g.map((g, k) => 2 * (lnLength([g]) - lnLength([drawn[k]![p]!]))))),
  };
}

/** One point of one path. */
interface Station {
  readonly x: Float64Array;
  readonly f: Float64Array;
  /** Jᵀu, by cotangent. */
  readonly g: readonly Float64Array[];
  /** Whether what a unit takes is above 0, by ReLU. */
  readonly signs: readonly NumericArray[];
}

/** What a path adds up to. */
interface Along {
  /** ½ ln of the mean over the steps of Σ‖ΔJᵀu‖² over the cotangents, and of Σ‖Jᵀu‖². */
  readonly lnTurn: number;
  readonly lnSize: number;
  /** ½ ln of the mean of ‖Δx‖² over the steps, and of ‖x‖² and ‖f‖² over their ends. */
  readonly lnMove: number;
  readonly lnInput: number;
  readonly lnOutput: number;
  /** ln Σ‖Δx‖ and ln Σ‖Δf‖. */
  readonly lnPath: number;
  readonly lnWay: number;
  /** Changes of sign of ReLU units. */
  readonly flips: number;
}

function alongPath(path: readonly Station[]): Along {
  const steps = path.slice(1).map((to, i) => ({ from: path[i]!, to }));
  const rms = (rows: readonly Float64Array[]): number => lnLength(rows) - 0.5 * Math.log(steps.length);
  const ends = (of: (s: Station) => readonly Float64Array[]): number => rms(steps.flatMap((s) => [...of(s.from), ...of(s.to)])) - 0.5 * Math.LN2;
  const moves = steps.map((s) => minus(s.to.x, s.from.x));
  const sum = (rows: readonly Float64Array[]): number => lnSum(rows.map((r) => lnLength([r])));
  return {
    lnTurn: rms(steps.flatMap((s) => s.to.g.map((g, k) => minus(g, s.from.g[k]!)))),
    lnSize: ends((s) => s.g),
    lnMove: rms(moves),
    lnInput: ends((s) => [s.x]),
    lnOutput: ends((s) => [s.f]),
    lnPath: sum(moves),
    lnWay: sum(steps.map((s) => minus(s.to.f, s.from.f))),
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

/** x_a·cos θ + x_b·sin θ, x_b the next example of each. */
function onArc(x: Tensor, angle: number): Tensor {
  const size = x.data.length / x.shape[0]!;
  const [a, b] = [Math.cos(angle), Math.sin(angle)];
  const data = x.data.slice();
  for (let i = 0; i < data.length; i++) data[i] = a * x.data[i]! + b * x.data[(i + size) % data.length]!;
  return { ...x, data };
}
