import { describe, expect, it } from "vitest";
import { tensor } from "../../src/graph/tensor.js";
import type { Graph } from "../../src/graph/graph.js";
import { newBuilder } from "../../src/ops/registry.js";
import { structureOf } from "../../src/structure/structure.js";
import { trunksOf } from "../../src/structure/trunks.js";
import { bind } from "../../src/passes/bind.js";
import type { GraphBuilder } from "../../src/graph/builder.js";
import { tally } from "../support/structure.js";

type Layer = (b: GraphBuilder, x: string, weight: (name: string) => string) => string;

function deep(layers: number, layer: Layer): Graph {
  const b = newBuilder();
  let x = b.input("x", { dtype: "float32", shape: [2, 2] });
  for (let i = 0; i < layers; i++) x = layer(b, x, (name) => b.initializer(`${name}${i}`, tensor("float32", [2, 2], [1, 2, 3, 4]), false));
  b.outputs.push(x);
  return b.build("deep");
}

function countsOf(graph: Graph): Record<string, number> {
  const bound = bind({ graph, name: "deep", opset: 20, producer: "" });
  return tally(structureOf(bound, bound.graph.outputs[0]!));
}

const plain: Layer = (b, x, w) => b.op("Relu", [b.op("MatMul", [x, w("w")])]);
const residual: Layer = (b, x, w) => b.add(x, b.op("MatMul", [b.op("Relu", [b.op("MatMul", [x, w("a")])]), w("b")]));
const gated: Layer = (b, x, w) => {
  const t = b.op("Sigmoid", [b.op("MatMul", [x, w("t")])]);
  return b.add(b.mul(t, b.op("Tanh", [b.op("MatMul", [x, w("h")])])), b.mul(b.sub(b.scalar(1, t), t), x));
};

// What grew with the square of the depth would not end within the test's own time limit here.
describe("deep networks", () => {
  it("finds the structure of 10,000 layers", () => {
    for (const [layer, kind] of [
      [plain, "plain"],
      [residual, "residual"],
      [gated, "gated"],
    ] as const) {
      expect(countsOf(deep(10_000, layer))[kind]).toBe(10_000);
    }
  });

  it("finds two towers of 5,000 layers, and what belongs to which", () => {
    const b = newBuilder();
    const [x, z] = ["x", "z"].map((name) => {
      let v = b.input(name, { dtype: "float32", shape: [2, 2] });
      for (let i = 0; i < 5000; i++) v = plain(b, v, (w) => b.initializer(`${name}${w}${i}`, tensor("float32", [2, 2], [1, 2, 3, 4]), false));
      return v;
    });
    b.outputs.push(b.add(x!, z!));
    const bound = bind({ graph: b.build("towers"), name: "towers", opset: 20, producer: "" });
    const { trunks, parameters, unheld } = trunksOf(bound, bound.graph.outputs[0]!);
    expect(trunks.map((t) => t.blocks.length)).toEqual([5000, 5000]);
    expect([parameters.get("xw0")?.block, parameters.get("zw4999")?.block, unheld.length]).toEqual([
      { trunk: 0, block: 0 },
      { trunk: 1, block: 4999 },
      0,
    ]);
  });

  it("finds 1,000 layers of a perceptron", () => {
    expect(countsOf(deep(1000, plain))).toEqual({ plain: 1000 });
  });

  it("walks 2,000 steps in time, and skips nested 200 deep, without blowing up", () => {
    const b = newBuilder();
    const x = b.input("x", { dtype: "float32", shape: [2000, 2, 2] });
    const weight = (name: string, shape: readonly number[]): string =>
      b.initializer(name, tensor("float32", shape, new Array<number>(shape.reduce((n, d) => n * d, 1)).fill(0.1)), false);
    const [, last] = b.ops("LSTM", [x, weight("W", [1, 8, 2]), weight("R", [1, 8, 2])], { hidden_size: 2 }, { outputs: 2 });
    b.outputs.push(b.op("MatMul", [b.reshape(last!, [2, 2]), weight("out", [2, 2])]));
    expect(countsOf(b.build("lstm"))).toEqual({ plain: 2, gated: 1999 });

    const n = newBuilder();
    const w = n.initializer("w", tensor("float32", [2, 2], [1, 2, 3, 4]), false);
    const skips: string[] = [];
    let v = n.input("x", { dtype: "float32", shape: [2, 2] });
    for (let i = 0; i < 200; i++) skips.push((v = n.op("Relu", [n.op("MatMul", [v, w])])));
    for (const s of skips.reverse()) v = n.add(s, n.op("Tanh", [n.op("MatMul", [v, w])]));
    n.outputs.push(v);
    const counts = countsOf(n.build("nested"));
    expect(Object.values(counts).reduce((a, c) => a + c, 0)).toBeGreaterThan(0);
  });
});
