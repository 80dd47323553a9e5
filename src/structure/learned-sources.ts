import type { Graph, Node } from "../graph/graph.js";
import { passesGradient, traitsOf } from "../ops/registry.js";
import type { Bound } from "../passes/bind.js";
import type { Activity } from "./activity.js";

/** The fewest layers that a network applies to a parameter which makes it a source. */
const FEWEST_LAYERS = 2;

/**
 * Finds parameters that a network treats as it does its inputs, such as the learned queries of a decoder: at least two products with other parameters
 * are applied to one in series before an activation joins, and what comes out is no weight itself. Returns the activity with them as sources too,
 * or the one that was given where there are none. Linear in the size of the graph.
 */
export function withLearnedSources({ graph, candidates }: Pick<Bound, "graph" | "candidates">, activity: Activity): Activity {
  const typeOf = (v: string) => graph.types.get(v);
  const reaching = reachingOf(graph, activity);
  /** Where a product takes its weights; their own computation is no stream of activations. */
  const flows = (n: Node, i: number): boolean => i !== traitsOf(n).product?.weights && passesGradient(n, i, typeOf);
  const streams = new Map<string, { readonly layers: number; readonly start: string }>();
  for (const name of candidates.keys()) if (reaching.has(name)) streams.set(name, { layers: 0, start: name });
  const learned = new Set<string>();
  for (const n of graph.nodes) {
    const longest = n.inputs.reduce<{ readonly layers: number; readonly start: string } | undefined>((best, v, i) => {
      const own = flows(n, i) ? streams.get(v) : undefined;
      return own && (!best || own.layers > best.layers) ? own : best;
    }, undefined);
    if (!longest) continue;
    if (n.outputs.some((o) => activity.active.has(o))) {
      if (longest.layers >= FEWEST_LAYERS) learned.add(longest.start);
      continue;
    }
    const layers = longest.layers + (traitsOf(n).product ? 1 : 0);
    for (const o of n.outputs) if (reaching.has(o)) streams.set(o, { layers, start: longest.start });
  }
  if (learned.size === 0) return activity;
  const active = new Set([...activity.active, ...learned]);
  for (const n of graph.nodes) {
    if (!n.inputs.some((v, i) => active.has(v) && passesGradient(n, i, typeOf))) continue;
    for (const o of n.outputs) if (reaching.has(o)) active.add(o);
  }
  return { active, sources: [...activity.sources, ...learned] };
}

/** The values from which a gradient comes back out of the activations. */
function reachingOf(graph: Graph, activity: Activity): ReadonlySet<string> {
  const reaching = new Set(activity.active);
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const n = graph.nodes[i]!;
    if (!n.outputs.some((o) => reaching.has(o))) continue;
    n.inputs.forEach((v, k) => {
      if (v !== "" && passesGradient(n, k, (x) => graph.types.get(x))) reaching.add(v);
    });
  }
  return reaching;
}
