import { describe, expect, it } from "vitest";
import { gradientGraph } from "../../src/autodiff/gradient.js";
import { tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { newBuilder } from "../../src/ops/registry.js";
import { foreignAttrs } from "../../src/runtime/lowering/foreign.js";
import { lowerForNode } from "../../src/runtime/lowering/node.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { writeOnnx } from "../../src/onnx/write.js";
import { stream } from "../../src/util/random.js";
import { runOrtBytes } from "../support/ort.js";

const draw = (name: string, shape: readonly number[]): Tensor => {
  const r = stream(9, name);
  return tensor(
    "float32",
    shape,
    Float64Array.from({ length: shape.reduce((a, d) => a * d, 1) }, (_, i) => r.normal(i)),
  );
};

async function lowered(
  graph: Parameters<typeof lowerForNode>[0],
  feeds: ReadonlyMap<string, Tensor>,
): Promise<{ ops: string[]; values: Map<string, Tensor> }> {
  const low = lowerForNode(graph);
  return { ops: low.nodes.map((n) => n.op), values: await runOrtBytes(writeOnnx(low, { foreign: foreignAttrs }), feeds) };
}

describe("lowering for onnxruntime's CPU kernels keeps every value", () => {
  it("of a batched attention-like product and its gradient", async () => {
    const b = newBuilder();
    const [q, k] = [b.input("q", { dtype: "float32", shape: [2, 3, 4, 5] }), b.input("k", { dtype: "float32", shape: [2, 3, 4, 5] })];
    const loss = b.reduceSum(b.square(b.matmul(q, b.swap(k))), [0, 1, 2, 3], false);
    b.outputs.push(loss);
    const { graph } = gradientGraph(b.build("attention"), { loss, wrt: ["q", "k"] });
    const feeds = new Map([
      ["q", draw("q", [2, 3, 4, 5])],
      ["k", draw("k", [2, 3, 4, 5])],
    ]);
    const { ops, values } = await lowered(graph, feeds);
    expect(ops).toContain("FusedMatMul");
    for (const [name, t] of evaluateGraph(graph, feeds)) t.data.forEach((v, i) => expect(values.get(name)!.data[i]!).toBeCloseTo(v, 2));
  });

  it("of products of matrices swapped twice, and of products that are only wanted swapped", async () => {
    const b = newBuilder();
    const [q, k] = [b.input("q", { dtype: "float32", shape: [2, 4, 5] }), b.input("k", { dtype: "float32", shape: [2, 5, 3] })];
    const m = b.input("m", { dtype: "float32", shape: [5, 3] });
    b.outputs.push(
      b.op("Identity", [b.matmul(q, b.swap(b.swap(k)))]),
      b.swap(b.matmul(q, k)),
      b.swap(b.matmul(b.swap(b.swap(q)), b.swap(b.swap(b.swap(b.swap(k)))))),
      b.swap(b.matmul(q, m)),
      b.swap(b.matmul(b.swap(k), b.swap(q))),
    );
    const graph = b.build("swaps");
    const feeds = new Map([
      ["q", draw("q", [2, 4, 5])],
      ["k", draw("k", [2, 5, 3])],
      ["m", draw("m", [5, 3])],
    ]);
    const { ops, values } = await lowered(graph, feeds);
    // Only the product of a batch with a matrix keeps its transposition: there the two cannot change places.
    expect(ops.filter((op) => op === "Transpose")).toHaveLength(1);
    for (const [name, t] of evaluateGraph(graph, feeds)) t.data.forEach((v, i) => expect(values.get(name)!.data[i]!).toBeCloseTo(v, 5));
  });

  it("of transpositions with axes of size 1 and with axes that stay together", async () => {
    const cases = [
      [
        [2, 1, 3, 4],
        [1, 0, 2, 3],
      ],
      [
        [2, 1, 3, 4, 5],
        [1, 0, 3, 4, 2],
      ],
      [
        [2, 3, 4, 5],
        [2, 3, 0, 1],
      ],
      [
        [1, 2, 3],
        [2, 0, 1],
      ],
      [
        [2, 3, 4],
        [2, 1, 0],
      ],
      [
        [1, 1],
        [1, 0],
      ],
      [
        [4, 1, 6, 2, 1, 2, 1],
        [0, 3, 5, 1, 2, 4, 6],
      ],
    ] as const;
    for (const [shape, perm] of cases) {
      const b = newBuilder();
      b.input("x", { dtype: "float32", shape });
      b.outputs.push(b.op("Transpose", ["x"], { perm }));
      const graph = b.build("t");
      const feeds = new Map([["x", draw("x", shape)]]);
      const truth = evaluateGraph(graph, feeds);
      const { values } = await lowered(graph, feeds);
      for (const [name, t] of truth)
        expect([values.get(name)!.shape, [...values.get(name)!.data]], `${shape.join()} by ${perm.join()}`).toEqual([
          [...t.shape],
          [...t.data].map(Math.fround),
        ]);
    }
  });

  it("of ReLU's gradient where the cotangent overflows: zero, not NaN, behind a dead unit", async () => {
    const b = newBuilder();
    b.input("x", { dtype: "float32", shape: [3] });
    b.input("w", { dtype: "float32", shape: [3] });
    const loss = b.reduceSum(b.mul(b.op("Relu", ["x"]), "w"), [0], false);
    b.outputs.push(loss);
    const { graph } = gradientGraph(b.build("relu"), { loss, wrt: ["x"] });
    const feeds = new Map([
      ["x", tensor("float32", [3], [-1, 0, 1])],
      ["w", tensor("float32", [3], [Infinity, Infinity, 2])],
    ]);
    const { values } = await lowered(graph, feeds);
    expect([...values.get("grad/x")!.data]).toEqual([0, 0, 2]);
  });

  it("of sums of squares, whose product nothing else reads, and of one that something else does", async () => {
    const b = newBuilder();
    b.input("x", { dtype: "float32", shape: [3, 4] });
    const shared = b.square("x");
    b.outputs.push(b.reduceSum(b.square(b.op("Tanh", ["x"])), [1], false), b.reduceSum(shared, [0, 1], false), b.op("Neg", [shared]));
    const graph = b.build("squares");
    const feeds = new Map([["x", draw("x", [3, 4])]]);
    const { ops, values } = await lowered(graph, feeds);
    expect(ops.filter((op) => op === "ReduceSumSquare").length).toBe(1);
    for (const [name, t] of evaluateGraph(graph, feeds)) t.data.forEach((v, i) => expect(values.get(name)!.data[i]!).toBeCloseTo(v, 5));
  });
});
