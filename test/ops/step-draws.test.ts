import { describe, expect, it } from "vitest";
import { tensor } from "../../src/graph/tensor.js";
import type { Graph, Model } from "../../src/graph/graph.js";
import { bind } from "../../src/passes/bind.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { run } from "../../src/runtime/run.js";

const SHAPE = [64, 8, 50];
const N = 64 * 8 * 50;

/** A network of one node that draws. */
function network(
  op: string,
  attrs: Graph["nodes"][number]["attrs"] = {},
  extra: readonly (readonly [string, ReturnType<typeof tensor>])[] = [],
): Model {
  const graph: Graph = {
    name: "draws",
    inputs: [{ name: "x", dtype: "float32", shape: SHAPE }],
    outputs: ["y"],
    initializers: new Map(extra),
    constants: new Set(extra.map(([name]) => name)),
    nodes: [{ op, domain: "", name: "draw", inputs: ["x", ...extra.map(([name]) => name)], outputs: ["y"], attrs }],
    types: new Map(),
  };
  return { graph, name: "draws", opset: 20, producer: "test" };
}

const dropout = network("Dropout", {}, [
  ["ratio", tensor("float32", [], [0.3])],
  ["on", tensor("bool", [], [1])],
]);

function drawn(model: Model, step: number, seed = 1): Float64Array {
  const bound = bind(model, { dropoutSeed: seed, drawEachStep: true });
  const feeds = new Map([
    ["x", tensor("float32", SHAPE, new Float32Array(N).fill(1))],
    [bound.stepInput!, tensor("int64", [], [step])],
  ]);
  return Float64Array.from(evaluateGraph(bound.graph, feeds).get("y")!.data);
}

const mean = (values: Float64Array): number => values.reduce((a, v) => a + v, 0) / values.length;
const correlation = (a: Float64Array, b: Float64Array): number => {
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((v, i) => {
    ab += (v - ma) * (b[i]! - mb);
    aa += (v - ma) ** 2;
    bb += (b[i]! - mb) ** 2;
  });
  return ab / Math.sqrt(aa * bb);
};
/** Five standard errors of a mean, or of a correlation, of so many independent draws with deviation 1. */
const FIVE = 5 / Math.sqrt(N);

describe("draws of every step", () => {
  it("drop the share that is asked for, and scale the rest", () => {
    for (const step of [0, 1, 7, 100_000, 2 ** 40]) {
      const y = drawn(dropout, step);
      expect([...new Set(y)].sort()).toEqual([0, Math.fround(1 / (1 - Math.fround(0.3)))]);
      expect(Math.abs(y.filter((v) => v === 0).length / N - 0.3)).toBeLessThan(FIVE * Math.sqrt(0.21));
    }
  });

  it("are the same again in the same step, and others in another step, by another seed", () => {
    const first = drawn(dropout, 5);
    expect(drawn(dropout, 5)).toEqual(first);
    for (const other of [drawn(dropout, 6), drawn(dropout, 5, 2)]) expect(Math.abs(correlation(first, other))).toBeLessThan(FIVE);
  });

  it("are independent of their neighbours along every axis", () => {
    const y = drawn(network("RandomUniformLike"), 3);
    for (const shift of [1, 2, 50, 400, 401, 4000]) expect(Math.abs(correlation(y.subarray(shift), y.subarray(0, N - shift)))).toBeLessThan(2 * FIVE);
  });

  it("fill the interval evenly, in several dimensions", () => {
    const y = drawn(network("RandomUniformLike"), 11);
    const cells = new Float64Array(64);
    for (let i = 0; i + 2 < N; i += 3) cells[16 * Math.floor(4 * y[i]!) + 4 * Math.floor(4 * y[i + 1]!) + Math.floor(4 * y[i + 2]!)]!++;
    const expected = Math.floor(N / 3) / 64;
    const chi = cells.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    // χ² of 63 degrees of freedom exceeds 118 once in 30,000 times.
    expect(chi).toBeLessThan(118);
  });

  it("are normal where they should be", () => {
    const y = drawn(network("RandomNormalLike", { mean: 2, scale: 3 }), 4);
    expect(Math.abs(mean(y) - 2)).toBeLessThan(3 * FIVE);
    const z = y.map((v) => (v - 2) / 3);
    expect(Math.abs(mean(z.map((v) => v * v)) - 1)).toBeLessThan(Math.SQRT2 * FIVE);
    expect(Math.abs(z.filter((v) => Math.abs(v) < 1.959964).length / N - 0.95)).toBeLessThan(FIVE * Math.sqrt(0.05));
  });

  it("are the same bits in onnxruntime", async () => {
    const bound = bind(dropout, { dropoutSeed: 1, drawEachStep: true });
    const runtime = nodeRuntime();
    try {
      const feeds = new Map([
        ["x", tensor("float32", SHAPE, new Float32Array(N).fill(1))],
        [bound.stepInput!, tensor("int64", [], [123])],
      ]);
      const values = await run(bound.graph, feeds, runtime);
      expect(Float64Array.from(values.get("y")!.data)).toEqual(drawn(dropout, 123));
    } finally {
      await runtime.close();
    }
  });
});
