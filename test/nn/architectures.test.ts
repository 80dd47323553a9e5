import { afterAll, describe, expect, it } from "vitest";
import { gradient } from "../../src/autodiff/network.js";
import { sizeOf, tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { ARCHITECTURES } from "../../src/nn/architectures/index.js";
import { buildNet, built, netFile, parameterShapes } from "../../src/nn/build.js";
import type { NetSpec } from "../../src/nn/spec.js";
import { readOnnx } from "../../src/onnx/read.js";
import { bind } from "../../src/passes/bind.js";
import type { Bound } from "../../src/passes/bind.js";
import { withoutDeadCode } from "../../src/passes/order.js";
import { parametersOf } from "../../src/passes/parameters.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { printStructure } from "../../src/structure/print.js";
import { structureOf } from "../../src/structure/structure.js";
import { stream } from "../../src/util/random.js";
import { dot, randomLike } from "../support/differentiate.js";
import { SMALL_NETS } from "../support/nets.js";
import { faults, tally } from "../support/structure.js";

const BATCH = 4;
const runtime = nodeRuntime({ inThread: true });
afterAll(() => runtime.close());

/** Inputs N(0, 1), or tokens; and a direction for the output. */
function feedsOf(bound: Bound): Map<string, Tensor> {
  return new Map(
    bound.graph.inputs.map(({ name, dtype }) => {
      const { shape } = bound.graph.types.get(name)!;
      const random = stream(3, name);
      const values = Float64Array.from({ length: sizeOf(shape) }, (_, i) =>
        dtype === "int64" ? Math.floor(7 * random.uniform(i)) : random.normal(i),
      );
      return [name, tensor(dtype, shape, values)];
    }),
  );
}

const largest = (t: Tensor): number => Array.from(t.data).reduce((m, v) => Math.max(m, Math.abs(v)), 0);
const difference = (a: Tensor, b: Tensor): number => Array.from(a.data).reduce((m, v, i) => Math.max(m, Math.abs(v - b.data[i]!)), 0);

/**
 * Loss and gradients in onnxruntime are those of the reference, and the gradient along a random direction of all parameters is the difference
 * quotient. Activations without kinks: near one it would not be.
 */
async function differentiated(spec: NetSpec): Promise<void> {
  const smooth = ["transformer", "rnn"].includes(spec.arch) ? {} : { activation: "silu" };
  const bound = bind(buildNet({ ...smooth, ...spec, dtype: "float64" }), { dims: { N: BATCH } });
  const { dtype, shape } = bound.graph.types.get(bound.graph.outputs[0]!)!;
  const target = tensor(dtype, shape, new Float64Array(sizeOf(shape)));
  const g = gradient(bound, { loss: { kind: "mse" }, labels: target });
  const feeds = feedsOf(bound).set(g.labelsInput!, target);
  const grads = evaluateGraph(g.graph, feeds);

  const native = await (await runtime.prepare(g.graph)).run(feeds);
  // A gradient may be nothing but rounding, as that of the keys' biases is.
  const scale = Math.max(...g.graph.outputs.map((o) => largest(grads.get(o)!)));
  for (const o of g.graph.outputs)
    expect(difference(native.get(o)!, grads.get(o)!), o).toBeLessThan(1e-6 * largest(grads.get(o)!) + 1e-9 * scale + 1e-300);

  const names = g.parameters.map((p) => p.name);
  const direction = randomLike(bound.graph, names, "direction");
  const forward = withoutDeadCode({ ...g.graph, outputs: [g.loss] });
  const moved = (h: number): number => {
    const initializers = new Map(forward.initializers);
    for (const n of names) {
      const w = initializers.get(n)!;
      const values = Float64Array.from(w.data, (v, i) => v + h * direction.get(n)!.data[i]!);
      initializers.set(n, tensor("float64", w.shape, values));
    }
    return evaluateGraph({ ...forward, initializers }, feeds).get(g.loss)!.data[0]!;
  };
  const h = 1e-6;
  const quotient = (moved(h) - moved(-h)) / (2 * h);
  const along = names.reduce((sum, n) => sum + dot(grads.get(g.grads.get(n)!)!, direction.get(n)!), 0);
  expect(Math.abs(along - quotient)).toBeLessThan(1e-5 * Math.abs(quotient) + 1e-8);
}

describe("every architecture", () => {
  it("is among the small networks", () => {
    expect([...new Set(SMALL_NETS.map((n) => n.spec.arch))].sort()).toEqual(ARCHITECTURES.map((a) => a.name).sort());
  });

  for (const { spec, blocks } of SMALL_NETS) {
    it(`builds, runs and differentiates ${JSON.stringify(spec)}`, async () => {
      const network = built({ ...spec, dtype: "float64" });
      const { model } = network;
      const bound = bind(model, { dims: { N: BATCH } });
      const output = bound.graph.outputs[0]!;
      expect(bound.graph.types.get(output)!.shape).toEqual(network.outputs[0]!.shape.map((d) => (d === "N" ? BATCH : d)));

      const s = structureOf(bound, output);
      expect(faults(s)).toEqual([]);
      expect(tally(s), printStructure(s)).toEqual(blocks);

      // The file says the same.
      const file = readOnnx(netFile(network));
      expect(file.opset).toBe(model.opset);
      for (const part of ["inputs", "outputs", "nodes", "constants", "initializers"] as const) expect(file.graph[part]).toEqual(model.graph[part]);

      // Parameters are those that were declared, and every one reaches the output.
      const found = parametersOf(bound, output);
      expect(found.map((p) => [p.name, p.value.shape]).sort()).toEqual(
        parameterShapes(spec)
          .map((p) => [p.name, p.shape])
          .sort(),
      );
      expect(found.filter((p) => !p.reaches).map((p) => p.name)).toEqual([]);
      await differentiated(spec);
    });
  }
});
