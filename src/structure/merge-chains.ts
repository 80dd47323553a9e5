import type { Graph } from "../graph/graph.js";
import type { ChainContext, ChainPattern } from "./composites/chains.js";
import { centredThenScaled, channelShuffle, groupNorm, normAffine } from "./composites/chains.js";
import { normOfAxes } from "./composites/norm.js";
import type { ViewNode } from "./node-kind.js";

/** Merges recognised sequences of nodes into one node of the view each. Only the last output of a sequence is used elsewhere. */
export function withChains(graph: Graph, view: readonly ViewNode[]): readonly ViewNode[] {
  // First the two halves of a norm, then the nodes around whole norms.
  return [[centredThenScaled], [groupNorm, channelShuffle], [normAffine]].reduce((nodes, patterns) => merge(graph, nodes, patterns), view);
}

function merge(graph: Graph, view: readonly ViewNode[], patterns: readonly ChainPattern[]): readonly ViewNode[] {
  const users = new Map<string, ViewNode | null>();
  for (const n of view) for (const v of n.inputs) users.set(v, users.has(v) ? null : n);
  const shown = new Set(graph.outputs);
  const shape = (v: string): readonly number[] => graph.types.get(v)?.shape ?? [];
  const c: ChainContext = {
    shape,
    onlyUser: (v) => (shown.has(v) ? undefined : (users.get(v) ?? undefined)),
    normOfCentring: (n) => normOfAxes({ entry: n.inputs[0]!, exit: n.outputs[0]!, nodes: [n], shape, constant: (v) => graph.initializers.get(v) }),
  };
  const into = new Map<ViewNode, ViewNode | undefined>();
  for (const first of view) {
    if (into.has(first)) continue;
    for (const pattern of patterns) {
      const found = pattern(first, c);
      if (!found || found.nodes.some((n) => into.has(n))) continue;
      const last = found.nodes[found.nodes.length - 1]!;
      for (const n of found.nodes) into.set(n, undefined);
      into.set(last, { at: last.at, ...found.as, nodes: found.nodes.flatMap((n) => n.nodes), inputs: first.inputs, outputs: last.outputs });
      break;
    }
  }
  return view.flatMap((n) => (into.has(n) ? (into.get(n) ?? []) : n));
}
