import { branchesOf } from "./branches.js";
import type { ViewNode } from "./node-kind.js";

/** The part of a view that lies on the paths from one value to another; `nodes` in topological order. Cuts are searched on it. */
export interface Subgraph {
  readonly source: string;
  readonly target: string;
  readonly nodes: readonly ViewNode[];
  /** The values on those paths. */
  readonly values: ReadonlySet<string>;
}

/** Selects the nodes and values on the paths from `source` to `target`; `nodes` are in topological order. Linear in their number. */
export function subgraphBetween(nodes: readonly ViewNode[], source: string, target: string): Subgraph {
  const reached = new Set([source]);
  const forward: ViewNode[] = [];
  for (const n of nodes) {
    if (!n.inputs.some((v) => reached.has(v))) continue;
    forward.push(n);
    for (const o of n.outputs) reached.add(o);
  }
  const values = new Set([target]);
  const kept: ViewNode[] = [];
  for (let i = forward.length - 1; i >= 0; i--) {
    const n = forward[i]!;
    if (!n.outputs.some((o) => values.has(o) && o !== source)) continue;
    kept.push(n);
    for (const v of n.inputs) if (reached.has(v)) values.add(v);
  }
  return { source, target, nodes: kept.reverse(), values };
}

/** The index of the last node that uses each value of a subgraph. */
function lastUses(subgraph: Subgraph): Map<string, number> {
  const last = new Map<string, number>();
  subgraph.nodes.forEach((n, i) => {
    for (const v of n.inputs) if (subgraph.values.has(v)) last.set(v, i);
  });
  return last;
}

/** Finds the articulation nodes, whose one output lies on every path from source to target (a vertex cut of one value); the last is the target's node. */
export function articulationNodes(subgraph: Subgraph): readonly number[] {
  const last = lastUses(subgraph);
  const cuts: number[] = [];
  let furthest = last.get(subgraph.source) ?? -1;
  subgraph.nodes.forEach((n, i) => {
    const outputs = n.outputs.filter((o) => subgraph.values.has(o));
    if (outputs.length === 1 && furthest <= i) cuts.push(i);
    for (const o of outputs) furthest = Math.max(furthest, last.get(o) ?? i);
  });
  return cuts;
}

/** A vertex cut of several values: every path passes one of `values` after the node of index `after`. */
export interface StateCut {
  readonly after: number;
  readonly values: readonly string[];
}

/** The largest number of values in a cut. */
const WIDEST = 4;

/**
 * Finds cuts of the same number of values, two to four, after which a weight is applied to one of them, as to the state {h, c} of an LSTM at each time
 * step. A value that is used over more than a third of the subgraph is a long skip, not a state, and excludes a cut. Of several numbers of values the
 * smallest with at least three cuts is taken. Values of branches that do not meet are no state, even where the nodes of these take turns.
 */
export function stateCuts(subgraph: Subgraph): readonly StateCut[] {
  const branches = branchesOf(subgraph.nodes);
  const last = lastUses(subgraph);
  const limit = subgraph.nodes.length / 3;
  const alive = new Map<string, number>();
  const dying = new Map<number, string[]>();
  const found: StateCut[][] = Array.from({ length: WIDEST + 1 }, () => []);
  const before: ReadonlySet<string>[] = Array.from({ length: WIDEST + 1 }, () => new Set());
  const begin = (v: string, at: number): void => {
    const end = last.get(v);
    if (end === undefined || end <= at) return;
    alive.set(v, at);
    const list = dying.get(end);
    if (list) list.push(v);
    else dying.set(end, [v]);
  };
  begin(subgraph.source, -1);
  const next = nextLayers(subgraph.nodes);
  subgraph.nodes.forEach((n, i) => {
    for (const v of dying.get(i) ?? []) alive.delete(v);
    for (const o of n.outputs) if (subgraph.values.has(o)) begin(o, i);
    const width = alive.size;
    if (width < 2 || width > WIDEST || next[i + 1] === undefined) return;
    if ([...alive].some(([v, born]) => last.get(v)! - born > limit)) return;
    const read = subgraph.nodes[i + 1]!.inputs.filter((v) => alive.has(v));
    // A layer of values that the cut before has is parallel to the layer after that cut, as the two of a recurrent cell are.
    if (read.every((v) => before[width]!.has(v)) || branches.areApart([...alive.keys()])) return;
    found[width]!.push({ after: i, values: [...alive.keys()] });
    before[width] = new Set(alive.keys());
  });
  return found.map(renewed).find((cuts) => cuts.length >= 3) ?? [];
}

/**
 * At each position, the layer that follows; undefined where something else does. Where weights are applied again, as over time, nodes that only move elements may
 * lead to it, and a product of activations counts as one, since a step may begin with attention.
 */
function nextLayers(nodes: readonly ViewNode[]): readonly (ViewNode | undefined)[] {
  const weights = nodes.flatMap((n) => n.weight ?? []);
  if (new Set(weights).size === weights.length) return nodes.map((n) => (n.kind === "weighted" ? n : undefined));
  const next = new Array<ViewNode | undefined>(nodes.length);
  for (let i = nodes.length - 1; i >= 0; i--) {
    const { kind } = nodes[i]!;
    next[i] = kind === "weighted" || kind === "product" ? nodes[i] : kind === "layout" ? next[i + 1] : undefined;
  }
  return next;
}

/**
 * The cuts without those that carry a value along while others change: a state of n values is new after n cuts at the latest, even where one layer at a time
 * renews a part of it. Sums of what other branches computed are no state.
 */
function renewed(cuts: readonly StateCut[], width: number): readonly StateCut[] {
  const span = new Map<string, { readonly first: number; last: number }>();
  cuts.forEach(({ values }, i) => {
    for (const v of values) {
      const own = span.get(v);
      if (own) own.last = i;
      else span.set(v, { first: i, last: i });
    }
  });
  const carried = (v: string): boolean => {
    const { first, last } = span.get(v)!;
    return last - first >= width || (first === 0 && last === cuts.length - 1);
  };
  return cuts.filter(({ values }) => !values.some(carried));
}

/** The first and the last value of a longest path from source to target, without these two; undefined where it has fewer than two inner values. */
export function longestPathInterior(subgraph: Subgraph): readonly [string, string] | undefined {
  const length = new Map<string, number>([[subgraph.source, 0]]);
  const via = new Map<string, string>();
  for (const n of subgraph.nodes) {
    let best: string | undefined;
    for (const v of n.inputs) {
      const l = length.get(v);
      if (l !== undefined && subgraph.values.has(v) && (best === undefined || l > length.get(best)!)) best = v;
    }
    if (best === undefined) continue;
    for (const o of n.outputs) {
      if (!subgraph.values.has(o)) continue;
      length.set(o, length.get(best)! + 1);
      via.set(o, best);
    }
  }
  const end = via.get(subgraph.target);
  if (end === undefined || end === subgraph.source) return undefined;
  let start = end;
  for (let v = via.get(start); v !== undefined && v !== subgraph.source; v = via.get(start)) start = v;
  return start === end ? undefined : [start, end];
}
