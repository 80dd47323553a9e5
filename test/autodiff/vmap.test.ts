import { describe, expect, it } from "vitest";
import { vmap } from "../../src/autodiff/vmap.js";
import { isFloat, tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { isPrimitive } from "../../src/ops/op.js";
import { allOps, traitsOf } from "../../src/ops/registry.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { build } from "../support/examples.js";

const RUNS = 3;

/** The same tensor for every run, but that floats are a little other ones in each. */
const forRun = (t: Tensor, run: number): Tensor =>
  isFloat(t.dtype)
    ? tensor(
        t.dtype,
        t.shape,
        t.data.map((v: number, i: number) => v * (1 + 0.1 * run * Math.sin(i + 1))),
      )
    : t;

/** Tensors one behind another along a new first axis. */
const stack = (parts: readonly Tensor[]): Tensor =>
  tensor(
    parts[0]!.dtype,
    [parts.length, ...parts[0]!.shape],
    parts.flatMap((p) => [...p.data]),
  );

const OPS = allOps().filter((op) => isPrimitive(op) && (op.vmap !== undefined || traitsOf({ op: op.name, domain: op.domain ?? "" }).elementwise));

describe("several runs at once", () => {
  it("has a rule for the ops of networks without convolutions", () => {
    const names = OPS.map((op) => op.name);
    for (const name of [
      "Gemm",
      "MatMul",
      "ReduceSum",
      "ReduceMax",
      "Reshape",
      "Transpose",
      "Expand",
      "Concat",
      "Slice",
      "Split",
      "Gather",
      "Softmax",
      "LogSoftmax",
      "ArgMax",
      "Add",
      "Relu",
      "Where",
      "Cast",
    ])
      expect(names).toContain(name);
  });

  describe.each(OPS.map((op) => [op.name, op] as const))("%s", (_, op) => {
    it.each(op.examples.map((e) => [e.name, e] as const))("%s", (_name, example) => {
      const { graph, feeds } = build(op, example, "float64");
      const floats = [...feeds.keys()].filter((k) => isFloat(feeds.get(k)!.dtype));
      // Every float input differs, and then each of them alone.
      for (const over of [floats, ...(floats.length > 1 ? floats.map((f) => [f]) : [])]) {
        if (over.length === 0) continue;
        const inputs = new Set(over);
        const each = Array.from({ length: RUNS }, (_x, run) => new Map([...feeds].map(([k, t]) => [k, inputs.has(k) ? forRun(t, run) : t])));
        let made;
        try {
          made = vmap(graph, { runs: RUNS, inputs, initializers: new Map() });
        } catch (error) {
          // A refusal is fine where a rule says so; a wrong number is not.
          expect(String(error)).toMatch(/several runs cannot share a graph/);
          continue;
        }
        const together = evaluateGraph(made.graph, new Map([...feeds].map(([k, t]) => [k, inputs.has(k) ? stack(each.map((f) => f.get(k)!)) : t])));
        const single = each.map((f) => evaluateGraph(graph, f));
        for (const o of graph.outputs) {
          const own = together.get(made.nameOf(o))!;
          const wanted = made.differs(o) ? stack(single.map((s) => s.get(o)!)) : single[0]!.get(o)!;
          expect(own.shape).toEqual(wanted.shape);
          wanted.data.forEach((v: number, i: number) => {
            if (Number.isFinite(v)) expect(Math.abs(own.data[i]! - v)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(v)));
            else expect(own.data[i]).toBe(v);
          });
        }
      }
    });
  });

  it("refuses a convolution by its name", () => {
    const conv = allOps().find((op) => op.name === "Conv")!;
    const { graph, feeds } = build(conv, conv.examples[0]!, "float64");
    expect(() => vmap(graph, { runs: 2, inputs: new Set(feeds.keys()), initializers: new Map() })).toThrow(/Conv has no rule.*one by one/);
  });
});
