import { describe, expect, it } from "vitest";
import { isPrimitive } from "../../src/ops/op.js";
import { allOps } from "../../src/ops/registry.js";
import type { Graph } from "../../src/graph/graph.js";
import { isFloat } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { error } from "../support/error.js";
import { build } from "../support/examples.js";
import { checkAdjoint, checkFirstOrder, checkSecondOrder } from "../support/check-vjp.js";
import { floatInputs, floatOutputs } from "../support/differentiate.js";
import { lacksKernel, runOrt } from "../support/ort.js";

const only = process.env["ISOGRAD_OPS"]?.split(",");
const ops = allOps().filter((op) => !only || only.includes(op.name));

/** Runs a graph as the opset that the op's file implements; where onnxruntime has no kernel for that one yet, as opset 20. */
async function runWithKernel(graph: Graph, feeds: ReadonlyMap<string, Tensor>, since: readonly number[]): Promise<Map<string, Tensor>> {
  const last = since[since.length - 1]!;
  return runOrt(graph, feeds, Math.max(20, last)).catch((e: unknown) => {
    if (last > 20 && since[0]! <= 20 && lacksKernel(e)) return runOrt(graph, feeds, 20);
    throw e;
  });
}

describe.each(ops.map((op) => [op.name, op] as const))("%s", (_, op) => {
  it("has examples and ascending since-versions", () => {
    // An op on sequences is no network by itself: test/passes/sequences.test.ts has them in networks.
    const onSequences = [...Object.values(op.inputs), ...Object.values(op.outputs)].some((port) => port.sequence === "only");
    if (!onSequences) expect(op.examples.length).toBeGreaterThan(0);
    expect([...op.since].sort((a, b) => a - b)).toEqual([...op.since]);
  });

  describe.each(op.examples.map((e) => [e.name, e] as const))("%s", (_, example) => {
    for (const dtype of ["float32", "float64"] as const) {
      const unchecked = example.withoutRuntime ?? (dtype === "float64" ? example.withoutFloat64 : undefined);
      it.skipIf(unchecked !== undefined)(`agrees with onnxruntime in ${dtype}`, async () => {
        const { graph, raw, feeds } = build(op, example, dtype);
        const ours = evaluateGraph(graph, feeds);
        let theirs: Map<string, Tensor>;
        try {
          theirs = await runWithKernel(raw, feeds, op.since);
        } catch (e) {
          // float32 kernels must exist: an example that has none says so with `withoutRuntime`.
          if (dtype === "float64" && lacksKernel(e)) return;
          throw e;
        }
        raw.outputs.forEach((o, i) => {
          const [mine, their] = [ours.get(graph.outputs[i]!)!, theirs.get(o)!];
          expect(mine.shape, "shape").toEqual(their.shape);
          expect(mine.dtype).toBe(their.dtype);
          expect(error(mine, their)).toBeLessThan(isFloat(mine.dtype) ? (dtype === "float32" ? 2e-5 : 1e-12) : 1e-15);
        });
      });
    }

    const { graph, feeds } = build(op, example, "float64");
    const differentiable = (!isPrimitive(op) || typeof op.vjp === "function") && floatInputs(graph).length > 0 && floatOutputs(graph).length > 0;
    if (!differentiable) return;

    it("vjp agrees with central differences", () => checkFirstOrder(graph, feeds));
    it("vjp and jvp satisfy the adjoint identity", () => checkAdjoint(graph, feeds));
    it.skipIf(example.withoutSecondOrder !== undefined)("is closed to second order", () => checkSecondOrder(graph, feeds));
  });
});
