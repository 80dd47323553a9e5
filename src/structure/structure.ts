import { producers } from "../graph/graph.js";
import type { Graph, Node } from "../graph/graph.js";
import { traitsOf } from "../ops/registry.js";
import type { Bound } from "../passes/bind.js";
import { activityOf } from "./activity.js";
import { blocksOf } from "./blocks.js";
import { chainOf } from "./chain.js";
import type { Chain } from "./chain.js";
import { classify } from "./classify.js";
import type { ValueReader } from "./link.js";
import { subgraphBetween } from "./subgraph.js";
import type { ViewNode } from "./node-kind.js";
import type { Cut, Span, Structure } from "./types.js";
import { viewOf } from "./view.js";

/** How many sources are tried for the longest chain: those with the longest paths to the target. */
const SOURCES_TRIED = 8;

/**
 * Finds the trunk and the blocks of a bound network between its inputs and `target`, the value from which the loss is computed. Only the graph
 * is used, never names. Nearly linear in the number of nodes. A network without activations has a trunk of one cut, its target.
 */
export function structureOf(bound: Bound, target: string): Structure {
  const { graph } = bound;
  const activity = activityOf(graph, target);
  const view = viewOf(bound, activity);
  const read = reader(graph);
  let best: { readonly source: string; readonly chain: Chain; readonly length: number } | undefined;
  for (const source of deepest(view, activity.sources, target)) {
    const subgraph = subgraphBetween(view, source, target);
    if (subgraph.nodes.length === 0) continue;
    const chain = chainOf(subgraph, read);
    const length = lengthOf(chain);
    if (!best || length > best.length) best = { source, chain, length };
  }
  const makers = producers(graph);
  if (!best) return { source: target, target, trunk: [cutOf(makers, target, [target], 0, 0, true, true)], blocks: [], spans: [] };
  const { source, chain } = best;
  const blocks = blocksOf(chain, read);
  const ends = new Set([0, chain.links.length, ...blocks.flatMap((b) => [b.from, b.to])]);
  const exact = exactness(graph, view);
  const trunk = [
    cutOf(makers, source, [source], 0, 0, true, true),
    ...chain.links.map((l, i) => {
      const nesting = Math.min(l.nesting, chain.links[i + 1]?.nesting ?? 0);
      return cutOf(makers, source, l.to, i + 1, nesting, ends.has(i + 1), exact(l.to));
    }),
  ];
  const spans = chain.splices.map(({ begin, end, whole, reason }): Span => ({
    from: begin,
    to: end,
    kind: reason === "recurrent" ? "recurrent" : classify(whole, read).kind,
    nesting: whole.nesting,
  }));
  return { source, target, trunk, blocks, spans };
}

/**
 * Twice the number of links that apply weights. Links inside a spliced fork count half, because their cuts are not cuts of the network; time steps and
 * links beside a long skip count whole.
 */
function lengthOf(chain: Chain): number {
  const steps = chain.links.map((l): number => (l.nodes.some((n) => n.kind === "weighted") ? (l.nesting === 0 ? 2 : 1) : 0));
  for (const s of chain.splices) if (s.reason !== "blocks") for (let i = s.begin; i < s.end; i++) steps[i] = steps[i]! > 0 ? 2 : 0;
  return steps.reduce<number>((n, s) => n + s, 0);
}

/** The sources with the longest paths to the target, in the order of the graph. */
function deepest(view: readonly ViewNode[], sources: readonly string[], target: string): readonly string[] {
  const length = new Map<string, number>([[target, 0]]);
  for (let i = view.length - 1; i >= 0; i--) {
    const n = view[i]!;
    const behind = n.outputs.reduce((l, o) => Math.max(l, length.get(o) ?? -1), -1);
    if (behind < 0) continue;
    for (const v of n.inputs) length.set(v, Math.max(length.get(v) ?? 0, behind + 1));
  }
  const known = sources.filter((s) => length.has(s));
  const kept = new Set([...known].sort((a, b) => length.get(b)! - length.get(a)!).slice(0, SOURCES_TRIED));
  return known.filter((s) => kept.has(s));
}

/** Reads constants and stored weights, through nodes after which the mean of any function of the elements is the same, but for a cast's rounding. */
function reader(graph: Graph): ValueReader {
  const makers = producers(graph);
  const keeps = (n: Node): boolean => {
    const { moves, casts } = traitsOf(n);
    return moves === "rearranges" || moves === "repeats" || casts === true;
  };
  return (value) => {
    let v = value;
    for (let n = makers.get(v); n && keeps(n); n = makers.get(v)) v = n.inputs[0]!;
    return graph.initializers.get(v)?.data;
  };
}

function cutOf(
  makers: ReadonlyMap<string, { readonly name: string; readonly op: string; readonly origin?: { readonly node: string; readonly op: string } }>,
  source: string,
  values: readonly string[],
  depth: number,
  nesting: number,
  boundary: boolean,
  exact: boolean,
): Cut {
  const last = values[values.length - 1]!;
  const node = makers.get(last);
  const name = values.length === 1 ? last : `{${values.join(", ")}}`;
  return {
    values,
    name,
    depth,
    node: node ? (node.origin?.node ?? node.name) : null,
    op: node ? (node.origin?.op ?? node.op) : null,
    nesting,
    boundary: boundary || last === source,
    exact,
  };
}

/** Whether a cut is exact (see `Cut.exact`): no value of it is used before another of them is computed, and none is read again by a later concatenation. */
function exactness(graph: Graph, view: readonly ViewNode[]): (values: readonly string[]) => boolean {
  const made = new Map<string, number>();
  const first = new Map<string, number>();
  view.forEach((n, i) => {
    for (const o of n.outputs) made.set(o, i);
    for (const v of n.inputs) if (!first.has(v)) first.set(v, i);
  });
  const read = new Set(graph.nodes.flatMap((n) => (traitsOf(n).concatenates ? n.inputs : [])));
  const chained = new Set(
    view.flatMap((n) => (traitsOf(n.nodes[0]!).concatenates && n.nodes.length === 1 ? n.inputs.filter((v) => !n.nodes[0]!.inputs.includes(v)) : [])),
  );
  return (values) => {
    const end = Math.max(...values.map((v) => made.get(v) ?? -1));
    return values.every((v) => (first.get(v) ?? Infinity) > end && !(chained.has(v) && !read.has(v)));
  };
}
