import { expect, it } from "vitest";
import { tensor } from "../../src/graph/tensor.js";
import { newBuilder } from "../../src/ops/registry.js";
import { verifyGraph } from "../../src/passes/verify.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { unpacked } from "../../src/runtime/pack.js";
import { planGraph } from "../../src/runtime/plan.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";

it("small outputs leave a piece as one vector and come out as they were: scalars, vectors, matrices, repeated ones, inputs, weights", async () => {
  const b = newBuilder();
  const x = b.input("x", { dtype: "float32", shape: [3, 2000] });
  const w = b.initializer("w", tensor("float32", [2], [5, 6]), false);
  const sums = [1, 2, 3, 4].map((k) => b.reduceSum(b.scale(x, k), k % 2 === 0 ? [0, 1] : [1], false));
  const wide = b.cast(x, "float64");
  const doubles = [5, 6, 7].map((k) => b.reduceSum(b.scale(wide, k), [0, 1], false));
  const matrix = b.slice(x, [0, 2], [2, 5], [0, 1]);
  const integers = b.cast(matrix, "int64");
  const large = b.scale(x, 9);
  b.outputs.push(...sums, ...doubles, matrix, integers, large, sums[0]!, "x", w);
  const graph = b.build("many");
  const feeds = new Map([
    [
      "x",
      tensor(
        "float32",
        [3, 2000],
        Float64Array.from({ length: 6000 }, (_, i) => (i % 64) / 8),
      ),
    ],
  ]);
  const wanted = evaluateGraph(graph, feeds);

  const plan = planGraph(graph);
  const [piece] = plan.pieces;
  verifyGraph(piece!.graph);
  // One vector of each float type, the integers and the large one.
  expect(piece!.graph.outputs).toHaveLength(4);
  expect([...plan.parts.values()].map((p) => p.length).sort()).toEqual([3, 5]);

  const runtime = nodeRuntime({ threads: 1 });
  try {
    const got = await (await runtime.prepare(graph)).run(feeds);
    expect([...got.keys()]).toEqual([...wanted.keys()]);
    for (const [name, t] of wanted) {
      const other = got.get(name)!;
      expect([other.dtype, other.shape], name).toEqual([t.dtype, t.shape]);
      expect(Array.from(other.data), name).toEqual(Array.from(t.data));
    }
  } finally {
    await runtime.close();
  }
});

it("what a later piece reads leaves by itself", () => {
  const b = newBuilder();
  let h = b.input("x", { dtype: "float32", shape: [4] });
  for (let l = 0; l < 12; l++) b.outputs.push((h = b.op("Tanh", [h])), b.op("Neg", [h]), b.op("Abs", [h]));
  const graph = b.build("chain");
  const plan = planGraph(graph, { wholeLimit: 0, pieceTarget: 3 });
  const crossing = new Set(plan.steps.flatMap((s) => s.feeds.map(([, v]) => v)));
  for (const parts of plan.parts.values()) for (const p of parts) expect(crossing.has(p.output)).toBe(false);
  expect(plan.steps.length).toBeGreaterThan(3);
  expect(unpacked(new Map(), new Map([["a", tensor("float32", [1], [1])]])).size).toBe(1);
});
