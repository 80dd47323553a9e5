import { isTensor } from "../graph/graph.js";
import type { Attr, Graph, Node } from "../graph/graph.js";

/**
 * Eliminates common subexpressions: nodes of the same op with the same inputs and attributes become one node, which has the
 * outputs of all of them. A gradient rule can therefore append MaxPool again, to get its indices, at no cost. Nodes that make
 * graph outputs, and random ones, are kept. Linear in the number of nodes.
 */
export function withoutRepeats(graph: Graph): Graph {
  const replacedBy = new Map<string, string>();
  const mapped = (v: string): string => replacedBy.get(v) ?? v;
  const outputs = new Set(graph.outputs);
  const nodes: Node[] = [];
  const seen = new Map<string, number>();
  for (const old of graph.nodes) {
    const node: Node = old.inputs.some((v) => replacedBy.has(v)) ? { ...old, inputs: old.inputs.map(mapped) } : old;
    const kept = node.outputs.some((o) => outputs.has(o));
    const key = kept ? undefined : `${node.domain}|${node.op}|${node.inputs.join("\u0000")}|${attrsKey(node.attrs)}`;
    const at = key === undefined ? undefined : seen.get(key);
    if (at === undefined) {
      if (key !== undefined) seen.set(key, nodes.length);
      nodes.push(node);
      continue;
    }
    const first = nodes[at]!;
    const merged = [...first.outputs];
    node.outputs.forEach((o, i) => {
      if (o === "") return;
      const have = merged[i] ?? "";
      if (have === "") {
        while (merged.length < i) merged.push("");
        merged[i] = o;
      } else replacedBy.set(o, have);
    });
    if (merged.some((o, i) => o !== first.outputs[i])) nodes[at] = { ...first, outputs: merged };
  }
  return { ...graph, nodes };
}

/** Returns a text that is equal for equal attributes, whatever their order. */
function attrsKey(attrs: Readonly<Record<string, Attr>>): string {
  const names = Object.keys(attrs);
  if (names.length === 0) return "";
  return JSON.stringify(
    names.sort().map((n) => [n, attrs[n]]),
    (_, v: unknown) => (isTensor(v as Attr) ? { ...(v as object), data: Array.from((v as { data: ArrayLike<number> }).data, String) } : v),
  );
}
