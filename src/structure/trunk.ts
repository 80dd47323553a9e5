import { producers } from "../graph/graph.js";
import type { Graph, Node } from "../graph/graph.js";
import { traitsOf } from "../ops/registry.js";
import { blocksOf } from "./blocks.js";
import type { Ends } from "./blocks.js";
import type { Chain } from "./chain.js";
import { classify } from "./classify.js";
import type { ValueReader } from "./link.js";
import type { ViewNode } from "./node-kind.js";
import { valueReader } from "./read-values.js";
import type { Cut, Span, Structure } from "./types.js";

/** A chain of links from a source to a target, as it was found on a view. */
export interface Found {
  readonly source: string;
  readonly target: string;
  readonly chain: Chain;
}

/** Makes trunks of the chains that were found on a view of a bound graph. */
export interface TrunkMaker {
  readonly read: ValueReader;
  /** The trunk and the blocks of a chain; `ends` says whether it begins with a stem and ends in a head, as the whole network does. */
  trunkOf(found: Found, ends: Ends): Structure;
  /** The trunk of a network in which nothing leads to the target: one cut. */
  single(target: string): Structure;
}

/** Prepares what all trunks of a bound graph share. Linear in the number of nodes. */
export function trunkMaker(graph: Graph, view: readonly ViewNode[]): TrunkMaker {
  const makers = producers(graph);
  const read = valueReader(graph);
  const exact = exactness(graph, view);
  return {
    read,
    single: (target) => ({ source: target, target, trunk: [cutOf(makers, [target], 0, 0, true, true)], blocks: [], spans: [] }),
    trunkOf: ({ source, target, chain }, whole) => {
      const blocks = blocksOf(chain, read, whole);
      const ends = new Set([0, chain.links.length, ...blocks.flatMap((b) => [b.from, b.to])]);
      const trunk = [
        cutOf(makers, [source], 0, 0, true, true),
        ...chain.links.map((l, i) => {
          const nesting = Math.min(l.nesting, chain.links[i + 1]?.nesting ?? 0);
          return cutOf(makers, l.to, i + 1, nesting, ends.has(i + 1), exact(l.to));
        }),
      ];
      const spans = chain.splices.map(({ begin, end, whole: fork, reason }): Span => ({
        from: begin,
        to: end,
        kind: reason === "recurrent" ? "recurrent" : classify(fork, read).kind,
        nesting: fork.nesting,
      }));
      return { source, target, trunk, blocks, spans };
    },
  };
}

function cutOf(makers: ReadonlyMap<string, Node>, values: readonly string[], depth: number, nesting: number, boundary: boolean, exact: boolean): Cut {
  const last = values[values.length - 1]!;
  // A trunk may begin at a value that a node computes: there the cut is that node's.
  const node = makers.get(last);
  return {
    values,
    name: values.length === 1 ? last : `{${values.join(", ")}}`,
    depth,
    node: node ? (node.origin?.node ?? node.name) : null,
    op: node ? (node.origin?.op ?? node.op) : null,
    nesting,
    boundary,
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
