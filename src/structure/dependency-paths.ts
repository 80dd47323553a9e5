import type { Graph, Node } from "../graph/graph.js";

/** How far one value of a graph is from another that it depends on. */
export interface DependencyPaths {
  /** Steps of the shortest and of the longest path. The longest is what has to be waited for, however many machines there are. */
  readonly shortest: number;
  readonly longest: number;
}

/**
 * The paths along which `to` depends on `from`, counted in nodes, or in what `weigh` says of a node (≥ 0). Null where `to` does not depend on it; 0 and 0
 * where they are one value. Every value that a node takes counts, shapes and masks as well as numbers. Linear in the size of the graph.
 */
export function dependencyPaths(graph: Graph, from: string, to: string, weigh: (node: Node) => number = () => 1): DependencyPaths | null {
  const known = new Map<string, DependencyPaths>([[from, { shortest: 0, longest: 0 }]]);
  for (const node of graph.nodes) {
    let [shortest, longest] = [Infinity, -Infinity];
    for (const v of node.inputs) {
      const own = known.get(v);
      if (!own) continue;
      shortest = Math.min(shortest, own.shortest);
      longest = Math.max(longest, own.longest);
    }
    if (longest < 0) continue;
    const step = weigh(node);
    for (const o of node.outputs) if (o !== "" && o !== from) known.set(o, { shortest: shortest + step, longest: longest + step });
  }
  return known.get(to) ?? null;
}
