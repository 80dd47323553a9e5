import type { Graph, Node } from "../graph/graph.js";
import { withConcatChains } from "./composites/concat-prefix.js";
import type { Cut } from "./types.js";

/** A graph in which the cotangents of a cut's values are those of the cut, and the names of the cuts' values in it, in the order of the trunk. */
export interface ExactCuts {
  readonly graph: Graph;
  readonly cuts: readonly (readonly string[])[];
}

/**
 * Rewrites a network so that its cuts are exact: the cotangent of a cut's values is the sum over their uses after the cut only. Concats of a dense block
 * are chained, and where one value of a cut is used to compute another (c and h of an LSTM), the nodes after the cut read a copy of it. Values, outputs
 * and gradients of parameters do not change. Linear in the number of nodes.
 */
export function withExactCuts(bound: Graph, trunk: readonly Cut[]): ExactCuts {
  const graph = withConcatChains(bound);
  const home = new Map<string, number>();
  const users = new Map<string, number[]>();
  graph.nodes.forEach((n, i) => {
    for (const o of n.outputs) if (o !== "") home.set(o, i);
    for (const v of new Set(n.inputs)) {
      const list = users.get(v);
      if (list) list.push(i);
      else users.set(v, [i]);
    }
  });
  const nodes: Node[] = [...graph.nodes];
  const copies = new Map<number, Node[]>();
  const types = new Map(graph.types);
  const latest = new Map<string, string>();
  const cuts = trunk.map(({ values }) => {
    if (values.length < 2) return values;
    const end = Math.max(...values.map((v) => home.get(v) ?? -1));
    const before = makersOf(graph, values, home, Math.min(...values.map((v) => home.get(v) ?? -1)));
    return values.map((v) => {
      const own = users.get(v) ?? [];
      if (!own.some((i) => i <= end && before.has(i))) return latest.get(v) ?? v;
      let name = `${v}/cut`;
      while (types.has(name)) name += "_";
      types.set(name, types.get(v)!);
      const from = latest.get(v) ?? v;
      const at = home.get(v) ?? -1;
      const list = copies.get(at);
      const copy: Node = { op: "Identity", domain: "", name, inputs: [from], outputs: [name], attrs: {} };
      if (list) list.push(copy);
      else copies.set(at, [copy]);
      for (const i of own) {
        if (!before.has(i)) nodes[i] = { ...nodes[i]!, inputs: nodes[i]!.inputs.map((x) => (x === from ? name : x)) };
      }
      latest.set(v, name);
      return name;
    });
  });
  const placed = [...(copies.get(-1) ?? []), ...nodes.flatMap((n, i) => [n, ...(copies.get(i) ?? [])])];
  return { graph: { ...graph, nodes: placed, types }, cuts };
}

/** The indices, above `first`, of the nodes on which some of the values depend. */
function makersOf(graph: Graph, values: readonly string[], home: ReadonlyMap<string, number>, first: number): ReadonlySet<number> {
  const found = new Set<number>();
  const stack = [...values];
  while (stack.length > 0) {
    const i = home.get(stack.pop()!);
    if (i === undefined || i <= first || found.has(i)) continue;
    found.add(i);
    stack.push(...graph.nodes[i]!.inputs);
  }
  return found;
}
