import { describe, expect, it } from "vitest";
import { buildNet } from "../../src/nn/build.js";
import type { NetSpec } from "../../src/nn/spec.js";
import { bind } from "../../src/passes/bind.js";
import type { Bound } from "../../src/passes/bind.js";
import { drawnCotangent } from "../../src/probe/cotangent.js";
import type { Get } from "../../src/probe/probe.js";
import { pathSharesGraph } from "../../src/probe/path-shares.js";
import { skipCosineGraph } from "../../src/probe/skip-cosine.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { structureOf } from "../../src/structure/structure.js";
import type { Structure } from "../../src/structure/types.js";
import { drawBatch } from "../../src/data/drawn-batch.js";

// Paths through residual blocks against all 2^L of them, one by one, in plain loops.

const EXAMPLES = 3;

function subject(net: NetSpec): { readonly bound: Bound; readonly structure: Structure } {
  const bound = bind(buildNet({ seed: 5, dtype: "float64", batch: EXAMPLES, ...net }));
  return { bound, structure: structureOf(bound, bound.graph.outputs[0]!) };
}

function run(bound: Bound, made: { readonly graph: Bound["graph"]; readonly cotangentInput: string }): Get {
  const cotangent = drawnCotangent(made, made.cotangentInput, 5);
  const values = evaluateGraph(made.graph, new Map([...drawBatch(bound.graph, "gaussian", 5), [made.cotangentInput, cotangent]]));
  return (name) => values.get(name)!;
}

type Vector = readonly number[];
const dot = (a: Vector, b: Vector): number => a.reduce((s, v, i) => s + v * b[i]!, 0);
const rowsOf = (data: ArrayLike<number>, width: number): Vector[] =>
  Array.from({ length: data.length / width }, (_, r) => Array.from({ length: width }, (__, i) => data[r * width + i]!));

interface Chain {
  readonly depth: number;
  readonly width: number;
  readonly skipScale: number;
  readonly branchScale: number;
  readonly phi: (v: number) => number;
  readonly slope: (v: number) => number;
  /** φ behind the sum too. */
  readonly after: boolean;
}

/** y = after(λ·x + α·W·φ(x)) by hand: for each example the cotangent of the output carried down every path, P_k, and g at every block's input. */
function byHand(bound: Bound, c: Chain): { readonly powers: Vector[][]; readonly carried: Vector[][]; readonly truth: Vector[][] } {
  const weights = Array.from({ length: c.depth }, (_, l) =>
    rowsOf(bound.graph.initializers.get(`block${l + 1}/branch/linear/weight`)!.data, c.width),
  );
  const inputs = rowsOf(drawBatch(bound.graph, "gaussian", 5).get("input")!.data, c.width);
  const output = bound.graph.outputs[0]!;
  const cotangents = rowsOf(drawnCotangent(bound, output, 5).data, c.width);
  const result = { powers: [] as Vector[][], carried: [] as Vector[][], truth: [] as Vector[][] };
  inputs.forEach((x0, e) => {
    const xs: Vector[] = [x0];
    const sums: Vector[] = [];
    for (const w of weights) {
      const x = xs[xs.length - 1]!;
      const sum = w.map((row, i) => c.skipScale * x[i]! + c.branchScale * dot(row, x.map(c.phi)));
      sums.push(sum);
      xs.push(c.after ? sum.map(c.phi) : sum);
    }
    const behind = (l: number, p: Vector): Vector => (c.after ? p.map((v, i) => v * c.slope(sums[l]![i]!)) : p);
    const skip = (l: number, p: Vector): Vector => behind(l, p).map((v) => c.skipScale * v);
    const branch = (l: number, p: Vector): Vector => {
      const q = behind(l, p);
      return xs[l]!.map((v, i) => c.branchScale * c.slope(v) * q.reduce((s, u, o) => s + u * weights[l]![o]![i]!, 0));
    };
    const powers = Array.from({ length: c.depth + 1 }, () => new Array<number>(c.width).fill(0));
    for (let path = 0; path < 2 ** c.depth; path++) {
      let [p, crossed]: [Vector, number] = [cotangents[e]!, 0];
      for (let l = c.depth - 1; l >= 0; l--) {
        const through = (path >> l) & 1;
        p = through ? branch(l, p) : skip(l, p);
        crossed += through;
      }
      p.forEach((v, i) => (powers[crossed]![i]! += v));
    }
    const [carried, truth]: [Vector[], Vector[]] = [[cotangents[e]!], [cotangents[e]!]];
    for (let l = c.depth - 1; l >= 0; l--) {
      carried.unshift(skip(l, carried[0]!));
      const [s, b] = [skip(l, truth[0]!), branch(l, truth[0]!)];
      truth.unshift(s.map((v, i) => v + b[i]!));
    }
    result.powers.push(powers);
    result.carried.push(carried);
    result.truth.push(truth);
  });
  return result;
}

const relu = { phi: (v: number): number => Math.max(0, v), slope: (v: number): number => (v > 0 ? 1 : 0) };
const tanh = { phi: Math.tanh, slope: (v: number): number => 1 - Math.tanh(v) ** 2 };
const base = { depth: 6, width: 5, skipScale: 1, branchScale: 1, after: false };
const CHAINS: readonly (readonly [string, Chain, NetSpec])[] = [
  ["x + W·ReLU(x)", { ...base, ...relu }, { arch: "residual-mlp" }],
  ["x + W·tanh(x)/2", { ...base, ...tanh, branchScale: 0.5 }, { arch: "residual-mlp", activation: "tanh", branchScale: 0.5 }],
  ["scaled shortcut", { ...base, ...tanh, skipScale: 0.7 }, { arch: "residual-mlp", activation: "tanh", skipScale: 0.7 }],
  ["activation behind the sum", { ...base, ...tanh, depth: 5, after: true }, { arch: "residual-mlp", activation: "tanh", after: "act" }],
];

describe.each(CHAINS)("%s", (_, chain, more) => {
  const net: NetSpec = { branch: "act-weight", depth: chain.depth, width: chain.width, classes: null, ...more };
  const { bound, structure } = subject(net);
  const hand = byHand(bound, chain);

  it("has the path polynomial that the enumeration of its paths has", () => {
    const graph = pathSharesGraph(bound, structure, EXAMPLES);
    const read = graph.read(run(bound, graph));
    expect(read.lnSquares.length).toBe(chain.depth + 1);
    read.lnSquares.forEach((ln, k) => {
      const wanted = hand.powers.reduce((s, p) => s + dot(p[k]!, p[k]!), 0);
      expect(Math.exp(ln) / wanted, `${k} branches`).toBeCloseTo(1, 10);
    });
    const whole = hand.truth.reduce((s, g) => s + dot(g[0]!, g[0]!), 0);
    expect(Math.exp(read.lnSum) / whole).toBeCloseTo(1, 10);
    expect(Math.exp(read.lnGradient) / whole).toBeCloseTo(1, 10);
    expect(read.residue).toBeLessThan(1e-14);
  });

  it("has the cosine and the error of what its shortcuts carry", () => {
    const graph = skipCosineGraph(bound, structure, EXAMPLES);
    const read = graph.read(run(bound, graph));
    expect(read.cosine.length).toBe(chain.depth + 1);
    read.cosine.forEach((cosine, l) => {
      const pairs = hand.carried.map((s, e) => [s[l]!, hand.truth[e]![l]!] as const);
      const mean = (f: (s: Vector, g: Vector) => number): number => pairs.reduce((sum, [s, g]) => sum + f(s, g), 0) / pairs.length;
      expect(cosine, `cosine at ${l}`).toBeCloseTo(
        mean((s, g) => dot(s, g) / Math.sqrt(dot(s, s) * dot(g, g))),
        10,
      );
      expect(read.relativeError[l], `error at ${l}`).toBeCloseTo(
        mean((s, g) => {
          const off = s.map((v, i) => v - g[i]!);
          return Math.sqrt(dot(off, off) / dot(g, g));
        }),
        10,
      );
    });
    expect(read.cosine[chain.depth]).toBeCloseTo(1, 12);
    expect(read.relativeError[chain.depth]).toBe(0);
  });
});

describe("networks of other blocks", () => {
  const conv = { width: 4, input: [3, 5, 5], classes: 3 };
  it.each([
    ["norms over the batch", { arch: "residual-mlp", norm: "batch", branch: "norm-act-weight", depth: 4, width: 6 }, 4],
    ["norm behind the sum", { arch: "residual-mlp", norm: "layer", branch: "weight-act-weight", after: "norm", depth: 3, width: 6 }, 3],
    ["convolutions", { arch: "residual-conv", depth: 3, ...conv }, 3],
    ["projections between", { arch: "resnet-cifar", depth: 14, skip: "projection", norm: "batch", ...conv, input: [3, 8, 8] }, 6],
    ["concatenation", { arch: "densenet", layers: [4], growth: 2, width: 4, input: [3, 16, 16], classes: 3 }, 4],
    ["attention", { arch: "transformer", depth: 2, width: 8, heads: 2, length: 4, placement: "pre" }, 4],
  ] as readonly (readonly [string, NetSpec, number])[])("%s: the powers add up to the gradient", (_, net, branches) => {
    const { bound, structure } = subject(net);
    const graph = pathSharesGraph(bound, structure, EXAMPLES);
    const read = graph.read(run(bound, graph));
    expect(read.lnSquares.length).toBe(branches + 1);
    expect(read.lnSquares.every(Number.isFinite)).toBe(true);
    expect(read.residue).toBeLessThan(1e-12);
    const skips = skipCosineGraph(bound, structure, EXAMPLES);
    const cosines = skips.read(run(bound, skips)).cosine;
    expect(cosines.length).toBeGreaterThan(branches);
    expect(cosines.every((c) => c !== null && Math.abs(c) <= 1 + 1e-12)).toBe(true);
  });

  it("where a branch is zero all comes by the shortcut", () => {
    const { bound, structure } = subject({ arch: "residual-mlp", branch: "act-weight", branchScale: 0, depth: 3, width: 4, classes: null });
    const graph = pathSharesGraph(bound, structure, EXAMPLES);
    const read = graph.read(run(bound, graph));
    expect(read.lnSquares.slice(1)).toEqual([-Infinity, -Infinity, -Infinity]);
    expect(read.lnSquares[0]).toBeCloseTo(read.lnGradient, 12);
  });

  it.each([
    ["plain", { arch: "mlp", depth: 3, width: 4 }, /no block of the network has a branch beside a shortcut/],
    ["gated", { arch: "highway", depth: 3, width: 4 }, /no block of the network has a branch beside a shortcut/],
  ] as readonly (readonly [string, NetSpec, RegExp])[])("%s: refused in one sentence", (_, net, message) => {
    const { bound, structure } = subject(net);
    expect(() => pathSharesGraph(bound, structure, EXAMPLES)).toThrow(message);
    expect(() => skipCosineGraph(bound, structure, EXAMPLES)).toThrow(message);
  });
});
