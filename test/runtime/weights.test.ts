import { afterAll, describe, expect, it } from "vitest";
import { gradientGraph } from "../../src/autodiff/gradient.js";
import type { Graph } from "../../src/graph/graph.js";
import { tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { newBuilder } from "../../src/ops/registry.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { referenceRuntime } from "../../src/runtime/reference.js";
import type { Runtime } from "../../src/runtime/runtime.js";
import { stream } from "../../src/util/random.js";

const draw = (shape: readonly number[], name: string, seed: number): Tensor =>
  tensor("float32", shape, stream(seed, name).normals(new Float64Array(shape.reduce((n, d) => n * d, 1))));

/** Six layers with weights of one seed, the gradient of Σ h², and a small constant of our own. */
function net(seed: number): { graph: Graph; weights: Map<string, Tensor> } {
  const b = newBuilder();
  const weights = new Map<string, Tensor>();
  const weight = (name: string, shape: readonly number[]): string => {
    weights.set(name, draw(shape, name, seed));
    return b.initializer(name, weights.get(name)!, false);
  };
  let h = b.input("x", { dtype: "float32", shape: [4, 8] });
  for (let l = 0; l < 6; l++) h = b.op("Tanh", [b.op("Gemm", [h, weight(`w${l}`, [8, 8]), weight(`b${l}`, [8])], { transB: 1 })]);
  const shift = b.initializer("shift", tensor("float32", [8], new Float64Array(8).fill(0.5)), true);
  const loss = b.reduceSum(b.square(b.add(h, shift)), [0, 1], false);
  b.outputs.push(loss);
  const { graph } = gradientGraph(b.build("net"), { loss, wrt: ["w0", "b5", "w3"] });
  return { graph: { ...graph, outputs: [...graph.outputs, "w1"] }, weights };
}

const feeds = new Map([["x", draw([4, 8], "x", 0)]]);
const runtimes: readonly [string, Runtime][] = [
  ["reference", referenceRuntime()],
  ["a thread of its own", nodeRuntime({ threads: 1 })],
  ["the caller's thread", nodeRuntime({ threads: 1, inThread: true })],
  ["pieces", nodeRuntime({ threads: 1, wholeLimit: 4, pieceTarget: 4 })],
];
afterAll(async () => {
  for (const [, runtime] of runtimes) await runtime.close();
});

describe.each(runtimes)("weights given to a run: %s", (_, runtime) => {
  it("give bit for bit what a graph prepared with them gives, and leave the prepared ones as they were", async () => {
    const [one, two] = [net(1), net(2)];
    const mine = await runtime.prepare(one.graph);
    const theirs = await runtime.prepare(two.graph);
    const own = await mine.run(feeds);
    const wanted = await theirs.run(feeds);
    const given = await mine.run(feeds, two.weights);
    for (const [name, t] of wanted) expect(Array.from(given.get(name)!.data), name).toEqual(Array.from(t.data));
    for (const [name, t] of await mine.run(feeds)) expect(Array.from(t.data), name).toEqual(Array.from(own.get(name)!.data));
    expect(Array.from(given.get("w1")!.data)).not.toEqual(Array.from(own.get("w1")!.data));
    await mine.dispose();
    await theirs.dispose();
  });

  it("must be the graph's, in type and shape", async () => {
    const executable = await runtime.prepare(net(1).graph);
    await expect(executable.run(feeds, new Map([["w9", draw([8, 8], "w9", 1)]]))).rejects.toMatchObject({ code: "graph/invalid" });
    await expect(executable.run(feeds, new Map([["w1", draw([8, 4], "w1", 1)]]))).rejects.toMatchObject({ code: "graph/invalid" });
    await executable.dispose();
  });
});

it("refuses a weight that was built into a session as a constant", async () => {
  const runtime = runtimes[1]![1];
  const executable = await runtime.prepare(net(1).graph);
  await expect(executable.run(feeds, new Map([["shift", draw([8], "shift", 1)]]))).rejects.toThrow(/built into the graph/);
  await executable.dispose();
});

it("reports failures of sessions in the caller's thread as it does those of a thread", async () => {
  const b = newBuilder();
  const x = b.input("x", { dtype: "float32", shape: [2, 3] });
  const i = b.input("i", { dtype: "int64", shape: [1] });
  b.outputs.push(b.op("Gather", [x, i], { axis: 0 }));
  const graph = b.build("gather");
  const bad = new Map([
    ["x", draw([2, 3], "x", 0)],
    ["i", tensor("int64", [1], [7])],
  ]);
  for (const runtime of [runtimes[1]![1], runtimes[2]![1]]) {
    const executable = await runtime.prepare(graph);
    await expect(executable.run(bad)).rejects.toMatchObject({ code: "batch/value" });
    await executable.dispose();
  }
});
