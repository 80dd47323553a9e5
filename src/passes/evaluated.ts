import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { evaluateNode } from "../ops/registry.js";

/** Evaluates node `i` of a bound graph in float64 arithmetic, and adds its outputs to `values`, which has all that the node needs. */
export function evaluateInto(values: Map<string, Tensor>, graph: Graph, i: number): void {
  const node = graph.nodes[i]!;
  const inputs = node.inputs.map((v) => (v === "" ? undefined : values.get(v)));
  const out = node.outputs.map((o) => graph.types.get(o) ?? { dtype: "float32" as const, shape: [] });
  const results = evaluateNode(node, inputs, out);
  node.outputs.forEach((o, k) => {
    if (o !== "") values.set(o, results[k]!);
  });
}
