import { expect, it } from "vitest";
import { newBuilder } from "../../src/ops/registry.js";
import { withoutRepeats } from "../../src/passes/cse.js";
import { verifyGraph } from "../../src/passes/verify.js";
import { tensor } from "../../src/graph/tensor.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";

it("does equal computations once and keeps every output", () => {
  const b = newBuilder();
  const x = b.input("x", { dtype: "float32", shape: [3] });
  const [p, q] = [b.exp(x), b.exp(x)];
  const [r, s] = [b.add(p, q), b.add(q, p)];
  b.outputs.push(b.neg(r), b.neg(r), b.mul(s, b.exp(x)));
  const graph = b.build("g");
  const lean = withoutRepeats(graph);
  verifyGraph(lean);
  // Both sums read the one Exp; the two equal outputs stay two.
  expect(lean.nodes.map((n) => n.op)).toEqual(["Exp", "Add", "Neg", "Neg", "Mul"]);
  expect(lean.outputs).toEqual(graph.outputs);
  const feeds = new Map([["x", tensor("float32", [3], [0.5, -1, 2])]]);
  expect(evaluateGraph(lean, feeds)).toEqual(evaluateGraph(graph, feeds));
});

it("lets one node give the outputs that equal nodes ask for separately", () => {
  const b = newBuilder();
  const x = b.input("x", { dtype: "float32", shape: [1, 1, 4] });
  const one = b.op("MaxPool", [x], { kernel_shape: [2] });
  const [again, indices] = b.ops("MaxPool", [x], { kernel_shape: [2] }, { outputs: 2 });
  b.outputs.push(b.neg(one), b.neg(again!), b.cast(indices!, "float32"));
  const lean = withoutRepeats(b.build("g"));
  verifyGraph(lean);
  expect(lean.nodes.filter((n) => n.op === "MaxPool").length).toBe(1);
});
