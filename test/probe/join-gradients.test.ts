import { describe, expect, it } from "vitest";
import { buildNet } from "../../src/nn/build.js";
import type { NetSpec } from "../../src/nn/spec.js";
import { bind } from "../../src/passes/bind.js";
import type { Bound } from "../../src/passes/bind.js";
import { joinGradientsGraph } from "../../src/probe/join-gradients.js";
import type { JoinGradients } from "../../src/probe/join-gradients.js";
import { drawnCotangent } from "../../src/probe/cotangent.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { referenceRuntime } from "../../src/runtime/reference.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { drawBatch } from "../../src/data/drawn-batch.js";
import { sumGradient } from "../../src/trial/measurements/sum-gradient.js";
import type { SumGradientResult } from "../../src/trial/measurements/sum-gradient.js";
import { parseTrial } from "../../src/trial/spec.js";
import type { TrialRequest } from "../../src/trial/spec.js";
import { workbench } from "../../src/trial/workbench.js";

// Gradients at joins against plain loops, and against differences that know no rule of differentiation.

const [DEPTH, WIDTH, EXAMPLES, SEED] = [4, 5, 3, 11];
type Join = "concat" | "add" | "mean";
const spec = (join: Join): NetSpec => ({
  arch: "joined-mlp",
  join,
  skips: 2,
  depth: DEPTH,
  width: WIDTH,
  activation: "tanh",
  bias: false,
  classes: null,
});

function subject(net: NetSpec): { readonly bound: Bound; readonly read: JoinGradients } {
  const bound = bind(buildNet({ seed: SEED, dtype: "float64", batch: EXAMPLES, ...net }));
  const made = joinGradientsGraph(bound, EXAMPLES);
  const cotangent = drawnCotangent(made, made.cotangentInput, SEED);
  const values = evaluateGraph(made.graph, new Map([...drawBatch(bound.graph, "gaussian", SEED), [made.cotangentInput, cotangent]]));
  return { bound, read: made.read((name) => values.get(name)!) };
}

type Vector = number[];
const rows = (data: ArrayLike<number>, width: number): Vector[] =>
  Array.from({ length: data.length / width }, (_, r) => Array.from({ length: width }, (__, i) => data[r * width + i]!));
const squares = (list: readonly (readonly number[])[]): number => list.flat().reduce((s, v) => s + v * v, 0);

/** For every layer by hand: the gradient of its product, of the join that it takes, and of each part through that join. */
function byHand(bound: Bound, join: Join): readonly { readonly product: Vector[]; readonly joined: Vector[]; readonly parts: readonly Vector[][] }[] {
  const weights = Array.from({ length: DEPTH }, (_, l) => bound.graph.initializers.get(`layer${l + 1}/linear/weight`)!).map((t) =>
    rows(t.data, t.shape[1]!),
  );
  const values = [rows(drawBatch(bound.graph, "gaussian", SEED).get("input")!.data, WIDTH)];
  const taken = (l: number): number[] => Array.from({ length: Math.min(3, l + 1) }, (_, k) => l - Math.min(2, l) + k);
  for (let l = 0; l < DEPTH; l++) {
    values.push(
      Array.from({ length: EXAMPLES }, (_, e) => {
        const own = taken(l).map((k) => values[k]![e]!);
        const scale = join === "mean" ? 1 / own.length : 1;
        const v = join === "concat" ? own.flat() : own[0]!.map((__, i) => scale * own.reduce((s, p) => s + p[i]!, 0));
        return weights[l]!.map((row) => Math.tanh(row.reduce((s, w, i) => s + w * v[i]!, 0)));
      }),
    );
  }
  const output = bound.graph.outputs[0]!;
  const gradients = values.map(() => Array.from({ length: EXAMPLES }, () => new Array<number>(WIDTH).fill(0)));
  gradients[DEPTH] = rows(drawnCotangent(bound, output, SEED).data, WIDTH);
  const layers = [];
  for (let l = DEPTH - 1; l >= 0; l--) {
    const product = gradients[l + 1]!.map((g, e) => g.map((v, i) => v * (1 - values[l + 1]![e]![i]! ** 2)));
    const joined = product.map((g) => weights[l]![0]!.map((_, i) => g.reduce((s, v, o) => s + v * weights[l]![o]![i]!, 0)));
    const own = taken(l);
    const parts = own.map((_, k) =>
      joined.map((g) => (join === "concat" ? g.slice(k * WIDTH, (k + 1) * WIDTH) : g.map((v) => (join === "mean" ? v / own.length : v)))),
    );
    own.forEach((from, k) => parts[k]!.forEach((g, e) => g.forEach((v, i) => (gradients[from]![e]![i]! += v))));
    layers.unshift({ product, joined, parts });
  }
  return layers;
}

/** Bits in which two lists of doubles differ, by their integers. */
function bitsApart(a: readonly number[], b: readonly number[]): number {
  const bits = (v: number): bigint => new BigUint64Array(Float64Array.of(v).buffer)[0]!;
  return a.reduce((n, v, i) => n + [...(bits(v) ^ bits(b[i]!)).toString(2)].filter((c) => c === "1").length, 0);
}

describe.each(["concat", "add", "mean"] as const)("%s", (join) => {
  const { bound, read } = subject(spec(join));
  const hand = byHand(bound, join);

  it("has the gradients that plain loops give", () => {
    // The first layer takes one value: there is no join.
    expect(read.joins.map((j) => j.parts)).toEqual([2, 3, 3]);
    read.wholes.forEach(({ gradient }, k) => {
      const want = hand[k + 1]!.joined;
      rows(gradient.data, want[0]!.length).forEach((row, e) => row.forEach((v, i) => expect(v).toBeCloseTo(want[e]![i]!, 12)));
    });
    expect(read.layers.length).toBe(DEPTH);
    read.layers.forEach(({ lnGains }, l) => {
      const { product, parts } = hand[l]!;
      expect(lnGains.length).toBe(parts.length);
      lnGains.forEach((ln, k) => expect(ln).toBeCloseTo(Math.log(squares(parts[k]!) / squares(product)), 10));
    });
  });

  it("tells a copy from a part", () => {
    read.joins.forEach((j, k) => {
      const share = join === "mean" ? 1 / j.parts : 1;
      expect(j.op).toBe(join === "add" ? "sum" : join);
      j.shares.forEach((s) => expect(s).toBeCloseTo(share, 14));
      expect(j.largest).toBeCloseTo(1 - share, 14);
      if (join !== "mean") return expect(j.equalBits).toBe(1);
      const whole = Array.from(read.wholes[k]!.gradient.data);
      const divided = whole.map((v) => v * (1 / j.parts));
      expect(j.equalBits).toBeCloseTo(1 - bitsApart(whole, divided) / (64 * whole.length), 14);
      return expect(j.equalBits).toBeLessThan(0.99);
    });
  });
});

describe("joins are found", () => {
  it.each([
    ["residual", { arch: "residual-mlp", branch: "act-weight", depth: 3, width: 4 }, ["sum", "sum", "sum"]],
    ["norms are none", { arch: "residual-mlp", norm: "layer", depth: 2, width: 4 }, ["sum", "sum"]],
    ["biases are none", { arch: "transformer", depth: 1, width: 8, heads: 2, length: 3, placement: "pre" }, ["sum", "sum"]],
    ["concatenation", { arch: "densenet", layers: [2], growth: 2, width: 4, input: [3, 8, 8], stem: "cifar" }, ["concat", "concat"]],
    ["a mixture is a sum of its two sides", { arch: "highway", depth: 2, width: 4 }, ["sum", "sum"]],
    ["plain", { arch: "mlp", depth: 2, width: 4 }, []],
  ] as readonly (readonly [string, NetSpec, readonly string[]])[])("%s", (_, net, ops) => {
    const { read } = subject(net);
    expect(read.joins.map((j) => j.op)).toEqual(ops);
    for (const j of read.joins) expect([j.equalBits, j.largest]).toEqual([1, 0]);
  });

  it("a value that is added to itself is two parts", () => {
    const x = { name: "x", dtype: "float64" as const, shape: [2, 3] };
    const node = (op: string, inputs: string[], output: string): Bound["graph"]["nodes"][number] => ({
      op,
      domain: "",
      name: output,
      inputs,
      outputs: [output],
      attrs: {},
    });
    const graph = {
      name: "twice",
      inputs: [x],
      outputs: ["y"],
      initializers: new Map(),
      constants: new Set<string>(),
      nodes: [node("Tanh", ["x"], "a"), node("Add", ["a", "a"], "s"), node("Tanh", ["s"], "y")],
      types: new Map(),
    };
    const bound = bind({ graph, name: "twice.onnx", opset: 17, producer: "" });
    const made = joinGradientsGraph(bound, 2);
    expect(made.joins.map((j) => j.parts)).toEqual([
      [
        { value: "a", user: "s", input: 0 },
        { value: "a", user: "s", input: 1 },
      ],
    ]);
  });
});

describe("the measurement", () => {
  const measured = async (request: TrialRequest, native = true): Promise<SumGradientResult> => {
    const runtime = native ? nodeRuntime({ threads: 1, inThread: true }) : referenceRuntime();
    const bench = workbench({ runtime, memoryLimit: 4e9 });
    const result = sumGradient.result.parse(JSON.parse(await bench.measure(parseTrial(request))));
    await bench.close();
    await runtime.close();
    return result;
  };
  const request = (join: Join, dtype: "float32" | "float64"): TrialRequest => ({
    net: spec(join),
    batch: { examples: 4 },
    measure: "sum-gradient",
    seed: 3,
    dtype,
  });

  it.each([true, false])(
    "differences find the whole gradient at each part of a sum, its n-th part at those of a mean (native: %s)",
    async (native) => {
      for (const join of ["add", "mean"] as const) {
        const { joins } = await measured(request(join, "float64"), native);
        for (const j of joins) {
          const [whole, ...parts] = j.quotients!;
          expect(whole).toBeCloseTo(1, 5);
          expect(parts.length).toBe(j.parts);
          for (const p of parts) expect(p).toBeCloseTo(join === "mean" ? 1 / j.parts : 1, 5);
        }
      }
    },
  );

  it("compares bits of float32 as such, and takes no differences there", async () => {
    const { joins } = await measured(request("add", "float32"));
    expect(joins.map((j) => [j.equalBits, j.largest, j.quotients])).toEqual(joins.map(() => [1, 0, null]));
    const mean = (await measured(request("mean", "float32"))).joins;
    for (const j of mean) expect(j.equalBits).toBeLessThan(0.99);
  });

  it("takes no differences at concatenations", async () => {
    const { joins } = await measured(request("concat", "float64"));
    expect(joins.map((j) => j.quotients)).toEqual([null, null, null]);
  });
});
