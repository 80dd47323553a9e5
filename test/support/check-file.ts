import { expect } from "vitest";
import { gradientGraph } from "../../src/autodiff/gradient.js";
import { tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { readOnnx } from "../../src/onnx/read.js";
import { newBuilder } from "../../src/ops/registry.js";
import { bind } from "../../src/passes/bind.js";
import type { Bound, BindOptions } from "../../src/passes/bind.js";
import { parametersOf } from "../../src/passes/parameters.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { runOrtBytes } from "./ort.js";

/**
 * Checks a file's bound network against onnxruntime on the file itself, and every weight's gradient of Σ outputs² against
 * differences; a weight whose gradient is not zero must count as one that the outputs depend on.
 */
export async function checkFile(bytes: Uint8Array, feeds: ReadonlyMap<string, Tensor>, options: BindOptions = {}): Promise<Bound> {
  const model = readOnnx(bytes, { name: "net" });
  const bound = bind(model, { ...options, dtype: "float64" });
  const ours = evaluateGraph(bound.graph, feeds);
  const theirs = await runOrtBytes(bytes, feeds);
  model.graph.outputs.forEach((o, k) => {
    const [mine, their] = [ours.get(bound.graph.outputs[k]!)!, theirs.get(o)!];
    expect(mine.shape, o).toEqual(their.shape);
    mine.data.forEach((v, i) => expect(Math.abs(v - their.data[i]!), o).toBeLessThan(1e-5 * Math.max(1, Math.abs(v))));
  });

  const b = newBuilder(bound.graph);
  const floats = [...new Set(bound.graph.outputs)].filter((o) => b.isFloat(o));
  const terms = floats.map((o) =>
    b.reduceSum(
      b.square(o),
      b.shape(o).map((_, i) => i),
      false,
    ),
  );
  const loss = b.sum(terms)!;
  b.outputs.push(loss);
  const whole = b.build("loss");
  const names = [...bound.candidates.keys()];
  const { graph, grads } = gradientGraph(whole, { loss, wrt: names });
  const values = evaluateGraph(graph, feeds);
  const reaching = new Set(floats.flatMap((o) => parametersOf(bound, o).flatMap((p) => (p.reaches ? [p.name] : []))));
  for (const name of names) {
    const own = bound.graph.initializers.get(name)!;
    const grad = grads.get(name);
    const at = (i: number, h: number): number => {
      const moved = tensor("float64", own.shape, own.data);
      moved.data[i] = moved.data[i]! + h;
      return evaluateGraph({ ...whole, initializers: new Map([...whole.initializers, [name, moved]]) }, feeds).get(loss)!.data[0]!;
    };
    for (let i = 0; i < own.data.length; i++) {
      const numeric = (at(i, 1e-5) - at(i, -1e-5)) / 2e-5;
      const mine = grad === undefined ? 0 : values.get(grad)!.data[i]!;
      expect(Math.abs(mine - numeric), name).toBeLessThan(1e-6 * Math.max(1, Math.abs(numeric)));
      if (Math.abs(numeric) > 1e-6) expect([...reaching], name).toContain(name);
    }
  }
  return bound;
}
