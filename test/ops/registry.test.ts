import { describe, expect, it } from "vitest";
import { isPrimitive } from "../../src/ops/op.js";
import { allOps } from "../../src/ops/registry.js";
import { isFloat } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { evaluateGraph } from "../../src/runtime/reference.js";
import { build } from "../support/examples.js";
import { centralDifference, dot, floatInputs, floatOutputs, jvpGraph, randomLike, vjpGraph } from "../support/differentiate.js";
import { lacksKernel, runOrt } from "../support/ort.js";

const only = process.env["ISOGRAD_OPS"]?.split(",");
const ops = allOps().filter((op) => !only || only.includes(op.name));

/** Largest |a − b| relative to the largest |b| (at least 1). */
function error(a: Tensor, b: Tensor): number {
  let scale = 1;
  let worst = 0;
  for (const v of b.data) if (Number.isFinite(v)) scale = Math.max(scale, Math.abs(v));
  for (let i = 0; i < b.data.length; i++) {
    const [x, y] = [a.data[i]!, b.data[i]!];
    if (Object.is(x, y) || x === y) continue;
    worst = Math.max(worst, Number.isFinite(x - y) ? Math.abs(x - y) / scale : Infinity);
  }
  return worst;
}

describe.each(ops.map((op) => [op.name, op] as const))("%s", (_, op) => {
  it("has examples and ascending since-versions", () => {
    expect(op.examples.length).toBeGreaterThan(0);
    expect([...op.since].sort((a, b) => a - b)).toEqual([...op.since]);
  });

  describe.each(op.examples.map((e) => [e.name, e] as const))("%s", (_, example) => {
    for (const dtype of ["float32", "float64"] as const) {
      it.skipIf(example.withoutRuntime !== undefined)(`agrees with onnxruntime in ${dtype}`, async () => {
        const { graph, raw, feeds } = build(op, example, dtype);
        const ours = evaluateGraph(graph, feeds);
        let theirs: Map<string, Tensor>;
        try {
          theirs = await runOrt(raw, feeds, Math.max(20, op.since[op.since.length - 1]!));
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

    it("vjp agrees with central differences, and with jvp by the adjoint identity", () => {
      const { graph: back, wrt } = vjpGraph(graph);
      const t = randomLike(graph, wrt, "t");
      const u = randomLike(graph, floatOutputs(graph), "u");
      const grads = evaluateGraph(back, new Map([...feeds, ...[...u].map(([k, v]) => [`bar/${k}`, v] as const)]));
      let reverse = 0;
      let size = 0;
      for (const v of wrt) {
        const g = grads.get(`grad/${v}`)!;
        expect(g.shape).toEqual(graph.types.get(v)!.shape);
        reverse += dot(g, t.get(v)!);
        size += Math.sqrt(dot(g, g) * dot(t.get(v)!, t.get(v)!));
      }
      const scale = Math.max(size, 1e-3);
      // All of the change goes through wrt: inputs without a cotangent do not move.
      const numeric = centralDifference(graph, feeds, randomLike(graph, floatInputs(graph), "t"), u);
      expect(Math.abs(reverse - numeric) / scale, `vjp ${reverse} against differences ${numeric}`).toBeLessThan(1e-7);

      const { graph: forward, of } = jvpGraph(graph);
      const tangents = evaluateGraph(forward, new Map([...feeds, ...[...randomLike(graph, floatInputs(graph), "t")].map(([k, v]) => [`dot/${k}`, v] as const)]));
      let product = 0;
      for (const o of of) product += dot(tangents.get(`tangent/${o}`)!, u.get(o)!);
      expect(Math.abs(reverse - product) / scale, `⟨t,Jᵀu⟩ = ${reverse}, ⟨Jt,u⟩ = ${product}`).toBeLessThan(1e-12);
    });

    it("is closed to second order: the vjp of the vjp agrees with central differences", () => {
      const { graph: back } = vjpGraph(graph);
      const inputs = new Map([...feeds, ...[...randomLike(graph, floatOutputs(graph), "u")].map(([k, v]) => [`bar/${k}`, v] as const)]);
      const { graph: second, wrt } = vjpGraph(back);
      const t = randomLike(back, floatInputs(back), "t2");
      const u = randomLike(back, floatOutputs(back), "u2");
      const grads = evaluateGraph(second, new Map([...inputs, ...[...u].map(([k, v]) => [`bar/${k}`, v] as const)]));
      let reverse = 0;
      let size = 0;
      for (const v of wrt) {
        const g = grads.get(`grad/${v}`)!;
        reverse += dot(g, t.get(v)!);
        size += Math.sqrt(dot(g, g) * dot(t.get(v)!, t.get(v)!));
      }
      const numeric = centralDifference(back, inputs, t, u);
      expect(Math.abs(reverse - numeric) / Math.max(size, 1e-3), `${reverse} against ${numeric}`).toBeLessThan(1e-6);
    });
  });
});
