import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Attr, Graph, Node } from "../../src/graph/graph.js";
import { sizeOf, tensor } from "../../src/graph/tensor.js";
import type { Tensor, ValueType } from "../../src/graph/tensor.js";
import { readOnnx } from "../../src/onnx/read.js";
import { CANONICAL_OPSET, writeOnnx } from "../../src/onnx/write.js";
import { allOps, newBuilder } from "../../src/ops/registry.js";
import { isPrimitive } from "../../src/ops/op.js";
import { bind } from "../../src/passes/bind.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { build } from "../support/examples.js";
import { anyTensor } from "../io/safetensors.test.js";

const SMALL = ["Add", "Mul", "Sub", "Max", "Min"] as const;
const UNARY = ["Tanh", "Neg", "Exp", "Relu", "Identity"] as const;

/** A random graph of elementwise nodes over a few inputs and weights of one shape. */
const anyGraph: fc.Arbitrary<{ graph: Graph; feeds: Map<string, Tensor> }> = fc
  .record({
    shape: fc.array(fc.nat(3), { maxLength: 3 }),
    inputs: fc.integer({ min: 1, max: 3 }),
    weights: fc.nat(3),
    steps: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength: 20 }),
    seed: fc.nat(1000),
  })
  .map(({ shape, inputs, weights, steps, seed }) => {
    const b = newBuilder();
    const type: ValueType = { dtype: "float32", shape };
    const values = (name: string): Tensor =>
      tensor(
        "float32",
        shape,
        Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(seed + i + name.length)),
      );
    const feeds = new Map<string, Tensor>();
    const known: string[] = [];
    for (let i = 0; i < inputs; i++) {
      known.push(b.input(`x ${i}`, type));
      feeds.set(`x ${i}`, values(`x${i}`));
    }
    for (let i = 0; i < weights; i++) known.push(b.initializer(`wé/${i}`, values(`weight${i}`), i % 2 === 0));
    for (const [what, p, q] of steps) {
      const [a, c] = [known[p % known.length]!, known[q % known.length]!];
      const binary = what % 2 === 0;
      known.push(b.op(binary ? SMALL[what % SMALL.length]! : UNARY[what % UNARY.length]!, binary ? [a, c] : [a]));
    }
    b.outputs.push(known.at(-1)!);
    return { graph: b.build("random"), feeds };
  });

/** Files keep float attributes in float32. */
const rounded = (a: Attr): unknown => (typeof a === "number" ? Math.fround(a) : Array.isArray(a) ? a.map(rounded) : a);
const plain = (n: Node): unknown => ({
  op: n.op,
  domain: n.domain,
  name: n.name,
  inputs: [...n.inputs],
  outputs: [...n.outputs],
  attrs: Object.fromEntries(Object.entries(n.attrs).map(([k, a]) => [k, rounded(a)])),
});

/** What a file can say of a graph: constants are initializers there, and types only those of inputs. */
function expectSame(back: Graph, graph: Graph): void {
  expect(back.inputs).toEqual(graph.inputs);
  expect(back.outputs).toEqual(graph.outputs);
  expect([...back.initializers.keys()].sort()).toEqual([...graph.initializers.keys()].sort());
  for (const [name, t] of graph.initializers) expect(back.initializers.get(name), name).toEqual(t);
  expect(back.nodes.map(plain)).toEqual(graph.nodes.map(plain));
}

describe("an ONNX file that is written", () => {
  it("is read as the graph it was, and computes the same, bit for bit", () => {
    fc.assert(
      fc.property(anyGraph, ({ graph, feeds }) => {
        const model = readOnnx(writeOnnx(graph));
        expect(model.opset).toBe(CANONICAL_OPSET);
        expectSame(model.graph, graph);
        const [a, b] = [evaluateGraph(graph, feeds), evaluateGraph(bind(model).graph, feeds)];
        for (const [name, t] of a) expect(b.get(name)).toEqual(t);
      }),
    );
  });

  it("holds tensors of every element type bit for bit", () => {
    fc.assert(
      fc.property(anyTensor, (t) => {
        const b = newBuilder();
        b.initializer("t", t);
        b.outputs.push("t");
        expect(readOnnx(writeOnnx(b.build("one"))).graph.initializers.get("t")).toEqual(t);
      }),
    );
  });

  const primitives = allOps().filter((op) => isPrimitive(op) && (op.domain ?? "") === "");
  it.each(primitives.map((op) => [op.name, op] as const))("holds every attribute of %s", (_, op) => {
    for (const example of op.examples) {
      const { graph } = build(op, example);
      const back = readOnnx(writeOnnx(graph, { opset: 25 })).graph;
      // Outputs that nobody wants get names where the schema wants them.
      expectSame({ ...back, nodes: back.nodes.map((n) => ({ ...n, outputs: n.outputs.filter((o) => !o.includes("/unused_")) })) }, graph);
    }
  });

  it("saturates integers beyond 64 bits instead of failing", () => {
    const b = newBuilder();
    b.outputs.push(b.op("Slice", [b.input("x", { dtype: "float32", shape: [3] }), b.ints([0]), b.ints([2 ** 63]), b.ints([0])]));
    const back = readOnnx(writeOnnx(b.build("slice"))).graph;
    expect([...back.initializers.values()].some((t) => t.data[0] === 2 ** 63)).toBe(true);
  });
});
