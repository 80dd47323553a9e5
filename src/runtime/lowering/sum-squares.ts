import type { Graph, Node } from "../../graph/graph.js";
import { isFloat, sizeOf } from "../../graph/tensor.js";

/**
 * Replaces ReduceSum of x·x by ReduceSumSquare of x where the product has no other use: one pass instead of two, and no copy of x. Values
 * without elements are left out: the op files evaluate them, and implement primitive ops only.
 */
export function fuseSumSquares(graph: Graph): Graph {
  const uses = new Map<string, number>();
  for (const n of graph.nodes) for (const v of n.inputs) uses.set(v, (uses.get(v) ?? 0) + 1);
  for (const o of graph.outputs) uses.set(o, (uses.get(o) ?? 0) + 1);
  const squares = new Map<string, string>();
  for (const n of graph.nodes) {
    const [a, b] = n.inputs;
    if (n.op !== "Mul" || n.domain !== "" || a !== b || uses.get(n.outputs[0]!) !== 1) continue;
    const { dtype, shape } = graph.types.get(a!)!;
    if (isFloat(dtype) && sizeOf(shape) > 0) squares.set(n.outputs[0]!, a!);
  }
  const nodes = graph.nodes.map((n): Node => {
    const x = n.op === "ReduceSum" && n.domain === "" ? squares.get(n.inputs[0]!) : undefined;
    return x === undefined ? n : { ...n, op: "ReduceSumSquare", inputs: [x, ...n.inputs.slice(1)] };
  });
  return { ...graph, nodes };
}
