import type { Graph, Node } from "../../graph/graph.js";
import { producers } from "../../graph/graph.js";

/** Attribute kinds of onnxruntime's FusedMatMul, for the writer. */
export const FUSED_MATMUL = { transA: { kind: "int" }, transB: { kind: "int" } } as const;

/**
 * MatMul of a matrix (or batch) whose last two axes were just swapped becomes com.microsoft FusedMatMul with transA or transB:
 * the product reads the operand as it lies. The Transposes that nothing else needs become dead code.
 */
export function fuseTransposes(graph: Graph): Graph {
  const producer = producers(graph);
  const swapped = (value: string): string | undefined => {
    const node = producer.get(value);
    return node && isSwap(node, graph) ? node.inputs[0] : undefined;
  };
  const nodes = graph.nodes.map((node): Node => {
    if (node.op !== "MatMul" || node.domain !== "") return node;
    const [a, b] = node.inputs as [string, string];
    if (graph.types.get(a)!.shape.length < 2 || graph.types.get(b)!.shape.length < 2) return node;
    const [sa, sb] = [swapped(a), swapped(b)];
    if (sa === undefined && sb === undefined) return node;
    return {
      ...node,
      op: "FusedMatMul",
      domain: "com.microsoft",
      inputs: [sa ?? a, sb ?? b],
      attrs: { transA: sa === undefined ? 0 : 1, transB: sb === undefined ? 0 : 1 },
    };
  });
  return { ...graph, nodes };
}

/** Whether a node swaps the last two axes and leaves the others. */
function isSwap(node: Node, graph: Graph): boolean {
  if (node.op !== "Transpose" || node.domain !== "") return false;
  const rank = graph.types.get(node.inputs[0]!)!.shape.length;
  const perm = (node.attrs["perm"] as readonly number[] | undefined) ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  return rank >= 2 && perm.every((p, i) => p === (i === rank - 1 ? rank - 2 : i === rank - 2 ? rank - 1 : i));
}
