import { describe, expect, it } from "vitest";
import { isPrimitive } from "../../src/ops/op.js";
import { allOps } from "../../src/ops/registry.js";
import { hasKernel } from "../../src/runtime/lowering/kernels.js";
import { build } from "../support/examples.js";
import { lacksKernel, runOrt } from "../support/ort.js";

describe("the table of missing kernels", () => {
  const primitives = allOps().filter((op) => isPrimitive(op) && (op.domain ?? "") === "");
  it.each(primitives.map((op) => [op.name, op] as const))("%s: says what onnxruntime says", async (_, op) => {
    for (const example of op.examples) {
      for (const dtype of ["float32", "float64"] as const) {
        const { graph, feeds } = build(op, example, dtype);
        if (graph.nodes.length === 0 || example.withoutRuntime) continue;
        let runs = true;
        try {
          await runOrt(graph, feeds);
        } catch (e) {
          if (!lacksKernel(e)) throw e;
          runs = false;
        }
        const claimed = graph.nodes.every((n) => hasKernel(graph, n));
        expect(claimed, `${op.name} "${example.name}" in ${dtype}`).toBe(runs);
      }
    }
  });
});
