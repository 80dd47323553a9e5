import type { ProfileData } from "../../src/verdict/types.js";

// Networks at initialisation as plain float64 loops: random matrices that are really multiplied, forward and back, so that the
// verdict is tested on true profiles without any of the program's own machinery.

/** Rows are examples: row-major [examples, width]. */
type Matrix = Float64Array;
/** A piece of a network: its output, and the way back for a gradient. */
export type Step = (x: Matrix) => { y: Matrix; back: (g: Matrix) => Matrix };

/** Seeded uniform and normal numbers (a 32-bit counter mixed by multiplication and shifts), fast enough for millions of weights. */
export function numbers(seed: number): { uniform: () => number; normal: () => number } {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  const uniform = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 4294967296 + 2 ** -33;
  };
  let spare: number | undefined;
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const r = Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = r * Math.sin(angle);
    return r * Math.cos(angle);
  };
  return { uniform, normal };
}

/** What a network is drawn with. */
export interface Draw {
  readonly width: number;
  readonly normal: () => number;
}

/** x·Wᵀ + b with W ~ N(0, σ_w²/n), b ~ N(0, σ_b²). */
export function linear({ width: n, normal }: Draw, weightVariance: number, biasVariance = 0): Step {
  const w = Float64Array.from({ length: n * n }, () => normal() * Math.sqrt(weightVariance / n));
  const bias = Float64Array.from({ length: n }, () => (biasVariance === 0 ? 0 : normal() * Math.sqrt(biasVariance)));
  return (x) => {
    const y = new Float64Array(x.length);
    for (let e = 0; e < x.length; e += n) {
      for (let o = 0; o < n; o++) {
        let sum = bias[o]!;
        for (let i = 0; i < n; i++) sum += w[o * n + i]! * x[e + i]!;
        y[e + o] = sum;
      }
    }
    const back = (g: Matrix): Matrix => {
      const out = new Float64Array(g.length);
      for (let e = 0; e < g.length; e += n) {
        for (let o = 0; o < n; o++) {
          const v = g[e + o]!;
          if (v !== 0) for (let i = 0; i < n; i++) out[e + i]! += v * w[o * n + i]!;
        }
      }
      return out;
    };
    return { y, back };
  };
}

function pointwise(f: (x: number) => number, slope: (x: number, y: number) => number): Step {
  return (x) => {
    const y = x.map(f);
    return { y, back: (g) => g.map((v, i) => v * slope(x[i]!, y[i]!)) };
  };
}
export const relu: Step = pointwise(
  (x) => Math.max(0, x),
  (x) => (x > 0 ? 1 : 0),
);
export const tanh: Step = pointwise(Math.tanh, (_, y) => 1 - y * y);
export const sigmoid: Step = pointwise(
  (x) => 1 / (1 + Math.exp(-x)),
  (_, y) => y * (1 - y),
);

/** (x − mean)/√var over strided groups of `size` entries: the examples of a feature, or the features of an example. */
function normalise(groups: number, size: number, at: (group: number, k: number) => number): Step {
  return (x) => {
    const y = new Float64Array(x.length);
    const deviations = new Float64Array(groups);
    for (let f = 0; f < groups; f++) {
      let [mean, square] = [0, 0];
      for (let k = 0; k < size; k++) mean += x[at(f, k)]! / size;
      for (let k = 0; k < size; k++) square += (x[at(f, k)]! - mean) ** 2 / size;
      deviations[f] = Math.sqrt(square + 1e-12);
      for (let k = 0; k < size; k++) y[at(f, k)] = (x[at(f, k)]! - mean) / deviations[f]!;
    }
    const back = (g: Matrix): Matrix => {
      const out = new Float64Array(g.length);
      for (let f = 0; f < groups; f++) {
        let [mean, slope] = [0, 0];
        for (let k = 0; k < size; k++) {
          mean += g[at(f, k)]! / size;
          slope += (g[at(f, k)]! * y[at(f, k)]!) / size;
        }
        for (let k = 0; k < size; k++) out[at(f, k)] = (g[at(f, k)]! - mean - slope * y[at(f, k)]!) / deviations[f]!;
      }
      return out;
    };
    return { y, back };
  };
}
const batchNorm =
  (n: number): Step =>
  (x) =>
    normalise(n, x.length / n, (f, k) => k * n + f)(x);
const layerNorm =
  (n: number): Step =>
  (x) =>
    normalise(x.length / n, n, (e, k) => e * n + k)(x);

/** One after the other. */
export function chain(...steps: readonly Step[]): Step {
  return (x) => {
    const backs: ((g: Matrix) => Matrix)[] = [];
    let y = x;
    for (const step of steps) {
      const done = step(y);
      backs.push(done.back);
      y = done.y;
    }
    return { y, back: (g) => backs.reduceRight((v, back) => back(v), g) };
  };
}

/** λ·x + α·F(x). */
function skip(branch: Step, alpha = 1, lambda = 1): Step {
  return (x) => {
    const { y, back } = branch(x);
    return {
      y: y.map((v, i) => alpha * v + lambda * x[i]!),
      back: (g) => {
        const through = back(g);
        return g.map((v, i) => lambda * v + alpha * through[i]!);
      },
    };
  };
}

/** The profile of a network: rows per example; or per batch of N(0, 1) inputs when `batches` is given (a norm over the batch). */
export function profileOf(
  steps: readonly Step[],
  draw: Draw,
  options: { examples: number; batches?: number; restarts?: (block: number) => boolean },
): ProfileData {
  const { width: n, normal } = draw;
  const gradient: number[][] = [];
  const activation: number[][] = [];
  for (let batch = 0; batch < (options.batches ?? 1); batch++) {
    let x: Matrix = Float64Array.from({ length: n * options.examples }, normal);
    const values = [x];
    const backs: ((g: Matrix) => Matrix)[] = [];
    for (const step of steps) {
      const done = step(x);
      values.push((x = done.y));
      backs.push(done.back);
    }
    let g: Matrix = Float64Array.from({ length: x.length }, normal);
    const cotangents = [g];
    for (const back of backs.reverse()) cotangents.unshift((g = back(g)));
    const size = options.batches === undefined ? n : x.length;
    for (let start = 0; start < x.length; start += size) {
      const squares = (m: Matrix): number => m.subarray(start, start + size).reduce((sum, v) => sum + v * v, 0);
      gradient.push(cotangents.map((m) => Math.log(squares(m)) / 2));
      activation.push(values.map((m) => Math.log(squares(m) / size) / 2));
    }
  }
  const over = options.batches === undefined ? "examples" : "batches";
  return { gradient, activation, over, restarts: steps.map((_, b) => options.restarts?.(b) ?? false) };
}

/** Without the first `count` blocks, as a plain network's first layer is its stem. */
export function withoutFirst(data: ProfileData, count = 1): ProfileData {
  const cut = (rows: readonly (readonly number[])[]): number[][] => rows.map((row) => row.slice(count));
  return { ...data, gradient: cut(data.gradient), activation: cut(data.activation), restarts: data.restarts.slice(count) };
}

const times = (depth: number, make: () => Step): Step[] => Array.from({ length: depth }, make);

/** The networks of the laws at initialisation, by name; `g` is a weight variance, He's being 2. */
export const NETWORKS = {
  plain: (d: Draw, depth: number, g = 2, phi: Step = relu, b = 0) => times(depth, () => chain(linear(d, g, b), phi)),
  batchNormPlain: (d: Draw, depth: number) => times(depth, () => chain(linear(d, 2), batchNorm(d.width), relu)),
  bareSkip: (d: Draw, depth: number, alpha = 1) => times(depth, () => skip(chain(relu, linear(d, 2)), alpha)),
  preAct: (d: Draw, depth: number) => times(depth, () => skip(chain(batchNorm(d.width), relu, linear(d, 2)))),
  preActTwo: (d: Draw, depth: number) =>
    times(depth, () => skip(chain(batchNorm(d.width), relu, linear(d, 2), batchNorm(d.width), relu, linear(d, 2)))),
  residualOne: (d: Draw, depth: number) => times(depth, () => chain(skip(chain(linear(d, 2), batchNorm(d.width))), relu)),
  residualTwo: (d: Draw, depth: number) =>
    times(depth, () => chain(skip(chain(linear(d, 2), batchNorm(d.width), relu, linear(d, 2), batchNorm(d.width))), relu)),
  normOnTrunk: (d: Draw, depth: number) => times(depth, () => chain(skip(chain(relu, linear(d, 2))), batchNorm(d.width))),
  preLayerNorm: (d: Draw, depth: number) => times(depth, () => skip(chain(layerNorm(d.width), relu, linear(d, 2)))),
  residualTanh: (d: Draw, depth: number) => times(depth, () => skip(chain(linear(d, 1), tanh, linear(d, 1)))),
  scaledShortcut: (d: Draw, depth: number, lambda = 0.5) => times(depth, () => skip(chain(relu, linear(d, 2)), 0, lambda)),
  /** Gate T = σ(bias), the same everywhere: (1 − T)·x + T·ReLU(W·x). */
  highway: (d: Draw, depth: number, bias = -2) => {
    const gate = 1 / (1 + Math.exp(-bias));
    return times(depth, () => skip(chain(linear(d, 2), relu), gate, 1 - gate));
  },
} satisfies Record<string, (d: Draw, depth: number, ...rest: never[]) => Step[]>;
