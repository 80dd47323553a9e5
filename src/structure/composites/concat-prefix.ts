import type { Graph, Node } from "../../graph/graph.js";

/**
 * Finds shorter inputs for Concat nodes: Concat(a, b, c) becomes Concat(Concat(a, b), c) where the node Concat(a, b) exists. Returns the
 * inputs of the nodes that change. Linear in the number of inputs.
 */
export function chainedInputs(nodes: readonly Node[]): ReadonlyMap<Node, readonly string[]> {
  interface Prefix {
    readonly next: Map<string, Prefix>;
    output?: string;
  }
  const roots = new Map<string, Prefix>();
  const changed = new Map<Node, readonly string[]>();
  for (const node of nodes) {
    if (node.op !== "Concat" || node.domain !== "") continue;
    const axis = `${node.attrs["axis"] as number}`;
    let at = roots.get(axis);
    if (!at) roots.set(axis, (at = { next: new Map() }));
    let found: readonly [string, number] | undefined;
    node.inputs.forEach((v, i) => {
      let next: Prefix | undefined = at!.next.get(v);
      if (!next) at!.next.set(v, (next = { next: new Map() }));
      at = next;
      if (at.output !== undefined && i + 1 < node.inputs.length) found = [at.output, i + 1];
    });
    at.output ??= node.outputs[0]!;
    if (found) changed.set(node, [found[0], ...node.inputs.slice(found[1])]);
  }
  return changed;
}

/** Chains the Concats of a graph. Its values stay the same; the cotangent of a dense block's Concat then includes all later uses of its features. */
export function withConcatChains(graph: Graph): Graph {
  const changed = chainedInputs(graph.nodes);
  if (changed.size === 0) return graph;
  return { ...graph, nodes: graph.nodes.map((n) => (changed.has(n) ? { ...n, inputs: changed.get(n)! } : n)) };
}
