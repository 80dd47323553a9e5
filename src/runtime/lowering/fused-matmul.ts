import type { Graph, Node } from "../../graph/graph.js";
import { producers } from "../../graph/graph.js";

/** Attribute kinds of onnxruntime's FusedMatMul, for `writeOnnx`. */
export const FUSED_MATMUL = { transA: { kind: "int" }, transB: { kind: "int" } } as const;

/**
 * Replaces a MatMul of transposed matrices (or batches of them) by com.microsoft FusedMatMul with transA or transB, which reads the operands
 * without transposing them. A product of which only the transpose (AB)ᵀ is used is computed as BᵀAᵀ. Transposes without other uses become
 * dead code.
 */
export function fuseTransposes(graph: Graph): Graph {
  const producer = producers(graph);
  const uses = new Map<string, number>();
  for (const n of graph.nodes) for (const v of n.inputs) uses.set(v, (uses.get(v) ?? 0) + 1);
  for (const o of graph.outputs) uses.set(o, (uses.get(o) ?? 0) + 1);
  const rank = (value: string): number => graph.types.get(value)!.shape.length;
  /** Returns the value before all transpositions of the last two axes, and whether their number is odd. */
  const origin = (value: string): { readonly value: string; readonly swapped: boolean } => {
    let swapped = false;
    for (let node = producer.get(value); node && isSwap(node, graph); node = producer.get(value)) {
      swapped = !swapped;
      value = node.inputs[0]!;
    }
    return { value, swapped };
  };
  const product = (node: Node): Node | undefined =>
    node.op === "MatMul" && node.domain === "" && node.inputs.every((v) => rank(v) >= 2) ? node : undefined;
  const nodes = graph.nodes.map((node): Node => {
    const turned = isSwap(node, graph) && uses.get(node.inputs[0]!) === 1;
    const source = turned ? producer.get(node.inputs[0]!) : node;
    const multiplied = source && product(source);
    if (!multiplied) return node;
    const [a, b] = multiplied.inputs.map(origin) as [ReturnType<typeof origin>, ReturnType<typeof origin>];
    // FusedMatMul aligns the batch axes of exchanged operands from the left where their ranks differ, so only operands of equal rank are exchanged.
    if (turned && rank(a.value) !== rank(b.value)) return node;
    const [first, second] = turned ? [b, a] : [a, b];
    const inputs = [first.value, second.value];
    if (first.swapped === turned && second.swapped === turned) return { ...multiplied, name: node.name, inputs, outputs: node.outputs };
    return {
      ...node,
      op: "FusedMatMul",
      domain: "com.microsoft",
      inputs,
      attrs: { transA: Number(first.swapped !== turned), transB: Number(second.swapped !== turned) },
    };
  });
  return { ...graph, nodes };
}

/** Tells whether a node transposes the last two axes and keeps the others. */
function isSwap(node: Node, graph: Graph): boolean {
  if (node.op !== "Transpose" || node.domain !== "") return false;
  const rank = graph.types.get(node.inputs[0]!)!.shape.length;
  const perm = (node.attrs["perm"] as readonly number[] | undefined) ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  return rank >= 2 && perm.every((p, i) => p === (i === rank - 1 ? rank - 2 : i === rank - 2 ? rank - 1 : i));
}
