import type { Tensor } from "../../graph/tensor.js";
import { producers } from "../../graph/graph.js";
import type { Graph } from "../../graph/graph.js";
import { traitsOf } from "../../ops/registry.js";
import type { JudgedChain } from "../../verdict/chains.js";

/** Chains that share weights, and can only be scaled together; most have none with others. */
export interface ScaledGroup {
  /** Their positions among all chains. */
  readonly members: readonly number[];
  readonly weights: ReadonlyMap<string, Tensor>;
  /** Number of layers of the longest of them. */
  readonly layers: number;
}

/** Returns the chains of which weights can be scaled, in groups that share none with each other. */
export function scaledGroups(graph: Graph, chains: readonly JudgedChain[], wanted: readonly JudgedChain[]): readonly ScaledGroup[] {
  let groups: readonly ScaledGroup[] = [];
  chains.forEach((chain, at) => {
    const weights = wanted.includes(chain) ? weightsOf(graph, chain) : new Map<string, Tensor>();
    if (weights.size === 0) return;
    const kin = groups.filter((g) => [...weights.keys()].some((name) => g.weights.has(name)));
    const own = { members: [at], weights, layers: chain.blocks.reduce((n, b) => n + b.weights.length, 0) };
    groups = [...groups.filter((g) => !kin.includes(g)), [...kin, own].reduce(joined)];
  });
  return groups;
}

const joined = (a: ScaledGroup, b: ScaledGroup): ScaledGroup => ({
  members: [...a.members, ...b.members],
  weights: new Map([...a.weights, ...b.weights]),
  layers: Math.max(a.layers, b.layers),
});

/** Returns the stored matrices and kernels of a chain's layers, by name, whether a file cuts them up and joins them anew (the gates of a GRU) or not. */
function weightsOf(graph: Graph, chain: JudgedChain): ReadonlyMap<string, Tensor> {
  const makers = producers(graph);
  const found = new Map<string, Tensor>();
  const seen = new Set<string>();
  const stack = chain.blocks.flatMap((b) => b.weights);
  while (stack.length > 0) {
    const v = stack.pop()!;
    if (seen.has(v)) continue;
    seen.add(v);
    // What a file holds as a Constant was built into the graph, and is not exchanged from run to run.
    const stored = graph.constants.has(v) ? undefined : graph.initializers.get(v);
    if (stored !== undefined) found.set(v, stored);
    const n = makers.get(v);
    if (n === undefined) continue;
    const { moves, casts, concatenates, splits } = traitsOf(n);
    if (concatenates) stack.push(...n.inputs.filter((i) => i !== ""));
    else if (moves !== undefined || casts || splits) stack.push(n.inputs[0]!);
  }
  return found;
}

/** Returns a tensor with every element times a factor. */
export const times = (t: Tensor, factor: number): Tensor => {
  const data = t.data.slice();
  for (let i = 0; i < data.length; i++) data[i] = data[i]! * factor;
  return { ...t, data };
};
