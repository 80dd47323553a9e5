import type { Graph } from "../../graph/graph.js";
import { passesGradient, traitsOf } from "../../ops/registry.js";

/** Tells of tensors whether all their ways to `target` lead through a softmax, as those of what an attention asks with do. Linear in the size of the graph. */
export function behindSoftmax(graph: Graph, target: string): (tensor: string) => boolean {
  const open = new Set([target]);
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const n = graph.nodes[i]!;
    if (!n.outputs.some((o) => open.has(o)) || traitsOf(n.origin ? { op: n.origin.op } : n).probabilities === "axis") continue;
    n.inputs.forEach((v, k) => {
      if (v !== "" && passesGradient(n, k, (x) => graph.types.get(x))) open.add(v);
    });
  }
  return (tensor) => !open.has(tensor);
}
