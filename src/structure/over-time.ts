import { subgraphBetween } from "./subgraph.js";
import type { Subgraph } from "./subgraph.js";
import { clockOf } from "./node-kind.js";
import type { ViewNode } from "./node-kind.js";

/** The fewest applications of a weight in series that make it the clock of a chain over time, and the fewest ticks at which something that is fed is read. */
const FEWEST = 4;
/** The least share of a clock's ticks over which an edge, or the readers of a value, must reach. */
const SPREAD = 1 / 2;

/**
 * The part of a subgraph that runs along time, without the edges that run beside its steps: from a value that they read one after another (an input that is fed
 * at every step, a memory that a decoder attends to), but to the first of them, and into a node that takes what earlier steps gave together with a later one (all outputs of an
 * encoder, the answers at every step, attention behind a decoder's last step), but from the latest. Every weight that is applied in series is a clock, and so are the steps of a state that is computed element by element; an
 * edge is long by the ticks that pass beside it. Undefined where there are none. Linear in the size of the subgraph, for each clock.
 */
export function alongTime(subgraph: Subgraph): { readonly own: Subgraph; readonly clock: string } | undefined {
  let own = subgraph;
  let longest: { readonly clock: string; readonly ticks: number } | undefined;
  for (const clock of repeated(subgraph)) {
    const since = ticksSince(own, clock);
    const ticks = since.get(own.target)!;
    if (ticks < FEWEST) continue;
    const thinned = withoutLong(own, clock, since, ticks);
    const rest = thinned && subgraphBetween(thinned, own.source, own.target);
    if (rest && rest.nodes.length > 0) own = rest;
    if (!longest || ticks > longest.ticks) longest = { clock, ticks };
  }
  return longest && own !== subgraph ? { own, clock: longest.clock } : undefined;
}

/** The weights, and the steps, that are applied often enough to be a clock, in the order of their first application. */
function repeated({ nodes }: Subgraph): readonly string[] {
  const uses = new Map<string, number>();
  for (const clock of nodes.flatMap((n) => clockOf(n) ?? [])) uses.set(clock, (uses.get(clock) ?? 0) + 1);
  return [...uses].flatMap(([clock, n]) => (n >= FEWEST ? [clock] : []));
}

/** The ticks between the arrival of a value at a node and its result; what is only added to a product arrives behind it. */
const tick = (n: ViewNode, v: string, clock: string): number =>
  clockOf(n) === clock && (n.step?.state ?? n.nodes[0]!.inputs.slice(0, 2)).includes(v) ? 1 : 0;

/** By value, the most ticks on a path to it. */
function ticksSince({ nodes, values }: Subgraph, clock: string): ReadonlyMap<string, number> {
  const since = new Map<string, number>();
  for (const n of nodes) {
    const at = n.inputs.reduce((t, v) => Math.max(t, (since.get(v) ?? 0) + tick(n, v, clock)), 0);
    for (const o of n.outputs) if (values.has(o)) since.set(o, at);
  }
  return since;
}

/** By node, the latest tick at which its result may be there, so that all ticks behind it still have their time. */
function latestOf({ nodes }: Subgraph, clock: string, ticks: number): ReadonlyMap<ViewNode, number> {
  const latest = new Map<ViewNode, number>();
  const needed = new Map<string, number>();
  for (let i = nodes.length - 1; i >= 0; i--) {
    const n = nodes[i]!;
    const end = n.outputs.reduce((t, o) => Math.min(t, needed.get(o) ?? ticks), ticks);
    latest.set(n, end);
    for (const v of n.inputs) needed.set(v, Math.min(end - tick(n, v, clock), needed.get(v) ?? ticks));
  }
  return latest;
}

/** The nodes without the edges that are long by a clock; undefined where none is. */
function withoutLong(subgraph: Subgraph, clock: string, since: ReadonlyMap<string, number>, ticks: number): readonly ViewNode[] | undefined {
  const latest = latestOf(subgraph, clock, ticks);
  /** The tick at which a node takes a value. */
  const takes = (n: ViewNode, v: string): number => latest.get(n)! - tick(n, v, clock);
  const birth = (n: ViewNode, v: string): number => (since.get(v) ?? 0) + tick(n, v, clock);
  const makers = new Map<string, ViewNode>();
  const readers = new Map<ViewNode | undefined, Set<number>>();
  for (const n of subgraph.nodes) {
    for (const v of n.inputs) {
      if (!subgraph.values.has(v)) continue;
      // All parts of a value that one node divides are fed by that one.
      const maker = makers.get(v);
      const times = readers.get(maker);
      if (times) times.add(takes(n, v));
      else readers.set(maker, new Set([takes(n, v)]));
    }
    for (const o of n.outputs) makers.set(o, n);
  }
  const first = new Map(
    [...readers].flatMap(([maker, times]) => (times.size >= Math.max(FEWEST, SPREAD * ticks) ? [[maker, Math.min(...times)] as const] : [])),
  );
  let left = false;
  const kept = subgraph.nodes.map((n): ViewNode => {
    const own = n.inputs.filter((v) => subgraph.values.has(v));
    const births = own.map((v) => birth(n, v));
    const last = Math.max(...births);
    const collects = last - Math.min(...births) >= Math.max(2, SPREAD * ticks);
    const inputs = n.inputs.filter((v) => {
      if (!subgraph.values.has(v)) return true;
      const begin = first.get(makers.get(v));
      return (begin === undefined || takes(n, v) <= begin) && !(collects && birth(n, v) < last);
    });
    if (inputs.length === n.inputs.length) return n;
    left = true;
    return { ...n, inputs, ...(n.kind === "concat" && inputs.length === 1 ? { kind: "layout" as const } : {}) };
  });
  return left ? kept : undefined;
}
