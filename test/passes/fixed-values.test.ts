import { expect, it } from "vitest";
import { gradient } from "../../src/autodiff/network.js";
import { tensor } from "../../src/graph/tensor.js";
import type { Model } from "../../src/graph/graph.js";
import { readOnnx } from "../../src/onnx/read.js";
import { bind } from "../../src/passes/bind.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { f32, graph, graphAttr, model, node, value } from "../support/model.js";

/** y = x·a, then ·b if the mean is large, else +b: which branch runs depends on the data. */
const read = (): Model =>
  readOnnx(
    model({
      inputs: [value("x", [2, 3])],
      outputs: [value("y", [2, 3])],
      nodes: [
        node("Mul", ["x", "a"], ["h"]),
        node("ReduceMax", ["h"], ["top"]),
        node("Squeeze", ["top"], ["top0"]),
        node("Greater", ["top0", "one"], ["large"]),
        node("If", ["large"], ["y"], {
          then_branch: graphAttr(graph({ nodes: [node("Mul", ["h", "b"], ["t"])], outputs: ["t"] })),
          else_branch: graphAttr(graph({ nodes: [node("Add", ["h", "b"], ["e"])], outputs: ["e"] })),
        }),
      ],
      initializers: [f32("a", [3], [2]), f32("b", [3], [5]), f32("one", [], [1])],
    }),
    { name: "m.onnx" },
  );
const x = tensor("float32", [2, 3], [1, 2, 3, 4, 5, 6]);

it("a value that a node makes can be fixed: a branch is chosen by it", () => {
  expect(() => bind(read())).toThrow(/"large" depends on the data.*--set large=1/);
  const run = (large: number): readonly number[] => {
    const { graph: bound } = bind(read(), { set: { large } });
    return Array.from(evaluateGraph(bound, new Map([["x", x]])).get(bound.outputs[0]!)!.data);
  };
  expect(run(1)).toEqual([10, 20, 30, 40, 50, 60]);
  expect(run(0)).toEqual([7, 9, 11, 13, 15, 17]);
});

it("no gradient reaches what lies before a fixed value", () => {
  const bound = bind(read(), { set: { large: 1, h: 3 } });
  const result = gradient(bound, { loss: { kind: "sum" } });
  const values = evaluateGraph(result.graph, new Map(result.graph.inputs.map((i) => [i.name, x])));
  expect(result.grads.get("a")).toBeUndefined();
  // y = 3·b in each of two rows.
  expect(Array.from(values.get(result.grads.get("b")!)!.data)).toEqual([6, 6, 6]);
});

it("a name that is neither an input nor made by a node is refused", () => {
  for (const name of ["a", "larg", "t", "__proto__"])
    expect(() => bind(read(), { set: Object.fromEntries([[name, 1]]) })).toThrow(`the network has no input "${name}"`);
});
