import type { ViewNode } from "./node-kind.js";

/** The nodes that lie on paths between two values, in order. */
export interface Flow {
  readonly source: string;
  readonly target: string;
  readonly nodes: readonly ViewNode[];
  /** The values on those paths. */
  readonly values: ReadonlySet<string>;
}

/** What lies between `source` and `target` among `nodes`, which are in order. */
export function flowBetween(nodes: readonly ViewNode[], source: string, target: string): Flow {
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

/** For each value of a flow the index of its last user. */
function lastUses(flow: Flow): Map<string, number> {
  const last = new Map<string, number>();
  flow.nodes.forEach((n, i) => {
    for (const v of n.inputs) if (flow.values.has(v)) last.set(v, i);
  });
  return last;
}

/** The indices of the nodes whose output every path passes; the last is the node of the target. */
export function narrowNodes(flow: Flow): readonly number[] {
  const last = lastUses(flow);
  const cuts: number[] = [];
  let furthest = last.get(flow.source) ?? -1;
  flow.nodes.forEach((n, i) => {
    const outputs = n.outputs.filter((o) => flow.values.has(o));
    if (outputs.length === 1 && furthest <= i) cuts.push(i);
    for (const o of outputs) furthest = Math.max(furthest, last.get(o) ?? i);
  });
  return cuts;
}

/** A cut of several values behind a node. */
export interface WideCut {
  readonly after: number;
  readonly values: readonly string[];
}

/** At most so many values make a cut. */
const WIDEST = 4;

/**
 * The cuts of the same few values behind which a weight is applied: {h, c} of an LSTM's steps. A value that outlives a third of the flow is
 * none of them: it is a long skip, not a state. Of several widths the smallest that gives at least three.
 */
export function wideCuts(flow: Flow): readonly WideCut[] {
  const last = lastUses(flow);
  const limit = flow.nodes.length / 3;
  const alive = new Map<string, number>();
  const dying = new Map<number, string[]>();
  const found: WideCut[][] = Array.from({ length: WIDEST + 1 }, () => []);
  const begin = (v: string, at: number): void => {
    const end = last.get(v);
    if (end === undefined || end <= at) return;
    alive.set(v, at);
    const list = dying.get(end);
    if (list) list.push(v);
    else dying.set(end, [v]);
  };
  begin(flow.source, -1);
  flow.nodes.forEach((n, i) => {
    for (const v of dying.get(i) ?? []) alive.delete(v);
    for (const o of n.outputs) if (flow.values.has(o)) begin(o, i);
    const width = alive.size;
    if (width < 2 || width > WIDEST || flow.nodes[i + 1]?.kind !== "weighted") return;
    if ([...alive].some(([v, born]) => last.get(v)! - born > limit)) return;
    if (!flow.nodes[i + 1]!.inputs.some((v) => alive.has(v))) return;
    found[width]!.push({ after: i, values: [...alive.keys()] });
  });
  return found.find((cuts) => cuts.length >= 3) ?? [];
}

/** The first and the last value inside a longest path through a flow; undefined when that has no inside. */
export function longestInside(flow: Flow): readonly [string, string] | undefined {
  const length = new Map<string, number>([[flow.source, 0]]);
  const via = new Map<string, string>();
  for (const n of flow.nodes) {
    let best: string | undefined;
    for (const v of n.inputs) {
      const l = length.get(v);
      if (l !== undefined && flow.values.has(v) && (best === undefined || l > length.get(best)!)) best = v;
    }
    if (best === undefined) continue;
    for (const o of n.outputs) {
      if (!flow.values.has(o)) continue;
      length.set(o, length.get(best)! + 1);
      via.set(o, best);
    }
  }
  const end = via.get(flow.target);
  if (end === undefined || end === flow.source) return undefined;
  let start = end;
  for (let v = via.get(start); v !== undefined && v !== flow.source; v = via.get(start)) start = v;
  return start === end ? undefined : [start, end];
}
