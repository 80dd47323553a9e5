import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { appendJvp } from "../../src/autodiff/jvp.js";
import { appendVjp } from "../../src/autodiff/vjp.js";
import type { Graph } from "../../src/graph/graph.js";
import { sizeOf, tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { readOnnx } from "../../src/onnx/read.js";
import { newBuilder } from "../../src/ops/registry.js";
import { bind } from "../../src/passes/bind.js";
import { verifyGraph } from "../../src/passes/verify.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { withExactCuts } from "../../src/structure/exact-cuts.js";
import { structureOf } from "../../src/structure/structure.js";
import { trunksOf } from "../../src/structure/trunks.js";
import { stream } from "../../src/util/random.js";
import { structureOfGraph } from "../support/structure.js";

const draw = (name: string, shape: readonly number[]): Tensor => {
  const random = stream(3, name);
  return tensor(
    "float64",
    shape,
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => random.normal(i)),
  );
};

/**
 * For each list of values ⟨cotangent, tangent⟩ summed, for a tangent of the input and a cotangent of the output: the directional derivative
 * of the whole network, if every path passes the list once.
 */
function passing(graph: Graph, lists: readonly (readonly string[])[], tangent: Tensor, input: string = graph.inputs[0]!.name): readonly number[] {
  const b = newBuilder(graph);
  const nodes = [...b.nodes];
  const target = graph.outputs[0]!;
  const wrt = [...new Set(lists.flat())];
  const bars = appendVjp(b, { nodes, seeds: new Map([[target, b.constant(draw("bar", b.shape(target)))]]), wrt });
  const dots = appendJvp(b, nodes, new Map([[input, b.constant(tangent)]]));
  b.outputs.length = 0;
  const sums = lists.map((list) => {
    const parts = list.flatMap((v) =>
      bars.get(v) === undefined || !dots.has(v) ? [] : [b.op("ReduceSum", [b.mul(bars.get(v)!, dots.get(v)!)], { keepdims: 0 })],
    );
    const s = b.op("Identity", [b.sum(parts)!]);
    b.outputs.push(s);
    return s;
  });
  const values = evaluateGraph(b.build("passing"), new Map(graph.inputs.map(({ name }) => [name, draw(name, graph.types.get(name)!.shape)])));
  return sums.map((s) => values.get(s)!.data[0]!);
}

function bound64(name: string): ReturnType<typeof bind> {
  const path = fileURLToPath(new URL(`../fixtures/structure/${name}.onnx`, import.meta.url));
  return bind(readOnnx(readFileSync(path), { name }), { dtype: "float64" });
}

/** A direction that moves the first time step only. */
function firstStep(shape: readonly number[], timeAxis: number): Tensor {
  const t = draw("dot", shape);
  const inner = sizeOf(shape.slice(timeAxis + 1));
  t.data.forEach((_, i) => Math.floor(i / inner) % shape[timeAxis]! === 0 || (t.data[i] = 0));
  return t;
}

const close = (values: readonly number[], to: number): void => {
  for (const v of values) expect(Math.abs(v - to)).toBeLessThan(1e-10 * Math.abs(to));
};

describe("exact cuts", () => {
  for (const [name, axis] of [
    ["lstm", 0],
    ["gru", 0],
    ["elman", 0],
  ] as const) {
    it(`${name}: what the first step sends on passes every later cut once`, () => {
      const bound = bound64(name);
      const { trunk } = structureOf(bound, bound.graph.outputs[0]!);
      const { graph, cuts } = withExactCuts(bound.graph, trunk);
      verifyGraph(graph);
      const x = bound.graph.inputs[0]!.name;
      const tangent = firstStep(bound.graph.types.get(x)!.shape, axis);
      const inside = cuts.filter((_, i) => trunk[i]!.boundary && trunk[i]!.nesting > 0).slice(1);
      expect(inside.length).toBeGreaterThan(40);
      const total = passing(bound.graph, [[bound.graph.outputs[0]!]], tangent)[0]!;
      close(passing(graph, inside, tangent), total);
      if (name === "lstm") {
        const naive = passing(
          bound.graph,
          trunk.filter((c) => c.values.length === 2).map((c) => c.values),
          tangent,
        );
        expect(naive.some((v) => Math.abs(v - total) > 1e-3 * Math.abs(total))).toBe(true);
        expect(trunk.filter((c) => c.values.length === 2).every((c) => !c.exact)).toBe(true);
      }
    });
  }

  it("of all trunks together: what enters the second tower passes each of its cuts once", () => {
    const { graph: own } = bound64("siamese");
    const [main, side] = trunksOf(bound64("siamese"), own.outputs[0]!).trunks;
    const { graph, cuts } = withExactCuts(own, [...main!.trunk, ...side!.trunk]);
    verifyGraph(graph);
    for (const [input, first, count] of [
      ["a", 0, main!.trunk.length],
      ["b", main!.trunk.length, side!.trunk.length],
    ] as const) {
      const tangent = draw("dot", own.types.get(input)!.shape);
      const total = passing(own, [[own.outputs[0]!]], tangent, input)[0]!;
      close(passing(graph, cuts.slice(first, first + count), tangent, input), total);
    }
  });

  it("of two trunks from one input: what passes both is all", () => {
    const bound = bound64("teacher_student");
    const target = bound.graph.outputs[0]!;
    const [teacher, student] = trunksOf(bound, target).trunks;
    const tangent = draw("dot", bound.graph.types.get("x")!.shape);
    const total = passing(bound.graph, [[target]], tangent)[0]!;
    // Two values a layer: seven layers, all within the fork that both begin at x; four layers, and x.
    const inner = teacher!.trunk.filter((c) => c.nesting > 0);
    expect([inner.length, student!.trunk.length]).toEqual([14, 9]);
    for (const c of student!.trunk.slice(1))
      close(
        passing(
          bound.graph,
          inner.map((t) => [...t.values, ...c.values]),
          tangent,
        ),
        total,
      );
  });

  it("a dense block's list of features is one cut once its Concats are chained", () => {
    const b = newBuilder();
    const weight = (name: string, shape: readonly number[]): string => b.initializer(name, draw(name, shape), false);
    const x = b.input("x", { dtype: "float64", shape: [2, 4] });
    const features = [b.op("MatMul", [x, weight("stem", [4, 3])])];
    for (let i = 0; i < 5; i++) {
      const all = b.op("Concat", features, { axis: 1 });
      features.push(b.op("Tanh", [b.op("MatMul", [all, weight(`w${i}`, [3 * features.length, 3])])]));
    }
    b.outputs.push(b.op("MatMul", [b.op("Concat", features, { axis: 1 }), weight("head", [18, 2])]));
    const bound = bind({ graph: b.build("dense"), name: "dense", opset: 20, producer: "" });
    const s = structureOf(bound, bound.graph.outputs[0]!);
    expect(s.blocks.filter((k) => k.kind === "dense").length).toBe(5);
    const { graph, cuts } = withExactCuts(bound.graph, s.trunk);
    verifyGraph(graph);
    const tangent = draw("dot", [2, 4]);
    const total = passing(bound.graph, [[bound.graph.outputs[0]!]], tangent)[0]!;
    close(passing(graph, cuts, tangent), total);
    const naive = passing(
      bound.graph,
      s.trunk.map((c) => c.values),
      tangent,
    );
    s.trunk.forEach((c, i) => expect(Math.abs(naive[i]! - total) < 1e-10 * Math.abs(total), c.name).toBe(c.exact));
  });

  it("every cut of a plain or residual network is exact as it stands", () => {
    const b = newBuilder();
    const weight = (name: string): string => b.initializer(name, draw(name, [3, 3]), false);
    let x = b.input("x", { dtype: "float64", shape: [2, 3] });
    for (let i = 0; i < 6; i++) x = b.add(x, b.op("MatMul", [b.op("Tanh", [b.op("MatMul", [x, weight(`a${i}`)])]), weight(`b${i}`)]));
    b.outputs.push(x);
    const graph = b.build("residual");
    const s = structureOfGraph(graph);
    const tangent = draw("dot", [2, 3]);
    close(
      passing(
        graph,
        s.trunk.map((c) => c.values),
        tangent,
      ),
      passing(graph, [[x]], tangent)[0]!,
    );
  });
});
