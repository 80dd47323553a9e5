import { gradientGraph } from "../../src/autodiff/gradient.js";
import type { Graph, Model } from "../../src/graph/graph.js";
import { isFloat } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { newBuilder } from "../../src/ops/registry.js";
import { bind } from "../../src/passes/bind.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";

// What the probes measure, computed once more from whole tensors in plain float64 loops: no probe, no measurement graph, no rescaling.

export const modelOf = (graph: Graph): Model => ({ graph, name: "net.onnx", opset: 17, producer: "" });

/** Every value and every cotangent of a network under the mean squared error against a target, in float64. */
export function everything(
  file: Graph,
  batch: ReadonlyMap<string, Tensor>,
  target: Tensor,
): { readonly values: ReadonlyMap<string, Tensor>; readonly cotangents: ReadonlyMap<string, Tensor>; readonly loss: number } {
  const { graph } = bind(modelOf(file), { dtype: "float64" });
  const b = newBuilder(graph);
  const t = b.constant({ dtype: "float64", shape: target.shape, data: Float64Array.from(target.data) });
  const error = b.sub(graph.outputs[0]!, t);
  const loss = b.reduceMean(
    b.mul(error, error),
    target.shape.map((_, i) => i),
    false,
  );
  const wrt = [...graph.inputs.map((i) => i.name), ...graph.initializers.keys(), ...graph.nodes.flatMap((n) => n.outputs)].filter(
    (v) => v !== "" && isFloat(graph.types.get(v)!.dtype),
  );
  const all = b.build("everything");
  const feeds = new Map(
    [...batch].map(([k, v]) => [k, isFloat(v.dtype) ? { dtype: "float64" as const, shape: v.shape, data: Float64Array.from(v.data) } : v]),
  );
  const grad = gradientGraph({ ...all, outputs: [] }, { loss, wrt });
  const results = evaluateGraph(grad.graph, feeds);
  const forward = evaluateGraph({ ...graph, outputs: wrt.filter((v) => !graph.initializers.has(v) && !feeds.has(v)) }, feeds);
  const cotangents = new Map([...grad.grads].flatMap(([v, g]) => (g === undefined ? [] : [[v, results.get(g)!] as const])));
  return { values: new Map([...graph.initializers, ...feeds, ...forward]), cotangents, loss: results.get(grad.loss)!.data[0]! };
}

/** The examples of a tensor, one list each; one list in all where axis 0 does not hold them. */
export function examplesOf(t: Tensor, examples: number): readonly (readonly number[])[] {
  if (t.shape.length === 0 || t.shape[0] !== examples) return [Array.from(t.data)];
  const size = t.data.length / examples;
  return Array.from({ length: examples }, (_, e) => Array.from(t.data.slice(e * size, (e + 1) * size)));
}

export const sumSquares = (list: Iterable<number>): number => {
  let s = 0;
  for (const v of list) s += v * v;
  return s;
};

/** Mean cosine over all pairs of examples that are not zero, by the pairs. */
export function meanCosine(rows: readonly (readonly number[])[]): number | null {
  const live = rows.filter((r) => sumSquares(r) > 0);
  if (live.length < 2) return null;
  let [sum, pairs] = [0, 0];
  for (let i = 0; i < live.length; i++) {
    for (let j = 0; j < i; j++) {
      sum += live[i]!.reduce((s, v, k) => s + v * live[j]![k]!, 0) / Math.sqrt(sumSquares(live[i]!) * sumSquares(live[j]!));
      pairs++;
    }
  }
  return sum / pairs;
}

/** Variance over the batch, summed over the elements, divided by Σx². */
export function centredShare(rows: readonly (readonly number[])[]): number | null {
  const total = rows.reduce((s, r) => s + sumSquares(r), 0);
  if (total === 0) return null;
  let spread = 0;
  for (let k = 0; k < rows[0]!.length; k++) {
    const mean = rows.reduce((s, r) => s + r[k]!, 0) / rows.length;
    spread += rows.reduce((s, r) => s + (r[k]! - mean) ** 2, 0);
  }
  return spread / total;
}

/** Share of units, along an axis, all of whose elements pass a test. */
export function shareOfUnits(t: Tensor, axis: number, test: (v: number) => boolean): number {
  const inner = t.shape.slice(axis + 1).reduce((n, d) => n * d, 1);
  const count = t.shape[axis]!;
  const passing = Array.from({ length: count }, () => true);
  t.data.forEach((v, i) => {
    if (!test(v)) passing[Math.floor(i / inner) % count] = false;
  });
  return passing.filter(Boolean).length / count;
}

/** Share of the non-zero elements that round to 0 on a grid of multiples of `step`, ties to even. */
export function roundedAway(data: ArrayLike<number>, step: number): number | null {
  const live = Array.from(data).filter((v) => v !== 0);
  return live.length === 0 ? null : live.filter((v) => Math.abs(v) / step <= 0.5).length / live.length;
}
