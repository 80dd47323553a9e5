import { isTensor } from "../graph/graph.js";
import type { Attr, Graph, Node } from "../graph/graph.js";

/**
 * The graph with equal computations done once: nodes of one op, the same inputs and attributes become one node, which gives the
 * outputs of all of them (so a gradient rule may ask MaxPool again, for its indices, at no cost). Graph outputs keep their nodes.
 * Linear in the number of nodes.
 */
export function withoutRepeats(graph: Graph): Graph {
  const now = new Map<string, string>();
  const mapped = (v: string): string => now.get(v) ?? v;
  const outputs = new Set(graph.outputs);
  const nodes: Node[] = [];
  const seen = new Map<string, number>();
  for (const old of graph.nodes) {
    const node: Node = old.inputs.some((v) => now.has(v)) ? { ...old, inputs: old.inputs.map(mapped) } : old;
    const bound = node.outputs.some((o) => outputs.has(o));
    const key = bound ? undefined : `${node.domain}|${node.op}|${node.inputs.join("\u0000")}|${attrsKey(node.attrs)}`;
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
      } else now.set(o, have);
    });
    if (merged.some((o, i) => o !== first.outputs[i])) nodes[at] = { ...first, outputs: merged };
  }
  return { ...graph, nodes };
}

function attrsKey(attrs: Readonly<Record<string, Attr>>): string {
  const names = Object.keys(attrs);
  if (names.length === 0) return "";
  return JSON.stringify(
    names.sort().map((n) => [n, attrs[n]]),
    (_, v: unknown) => (isTensor(v as Attr) ? { ...(v as object), data: Array.from((v as { data: ArrayLike<number> }).data, String) } : v),
  );
}
