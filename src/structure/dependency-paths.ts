import type { Graph, Node } from "../graph/graph.js";

/** Lengths of the paths from one value of a graph to another that depends on it. */
export interface DependencyPaths {
  /** Steps on the shortest and on the longest path. The longest (the critical path) bounds the time from below, however many steps run in parallel. */
  readonly shortest: number;
  readonly longest: number;
}

/**
 * Measures the paths along which `to` depends on `from`, in nodes, or in lengthOfts ≥ 0 that `lengthOf` gives to nodes. Null where `to` does not depend on `from`; 0
 * and 0 where they are one value. A node depends on all of its inputs, on shapes and masks as well as on numbers. Linear in the size of the graph.
 */
export function dependencyPaths(graph: Graph, from: string, to: string, lengthOf: (node: Node) => number = () => 1): DependencyPaths | null {
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
    const step = lengthOf(node);
    for (const o of node.outputs) if (o !== "" && o !== from) known.set(o, { shortest: shortest + step, longest: longest + step });
  }
  return known.get(to) ?? null;
}
