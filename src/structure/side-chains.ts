import type { Node } from "../graph/graph.js";
import { traitsOf } from "../ops/registry.js";
import { chainOf } from "./chain.js";
import type { Chain } from "./chain.js";
import type { ValueReader } from "./link.js";
import { isLayer } from "./node-kind.js";
import type { ViewNode } from "./node-kind.js";
import { articulationNodes, subgraphBetween } from "./subgraph.js";
import type { Found } from "./trunk.js";

/** The most trunks beside the main one. */
const MOST = 8;
/** The fewest layers in series that make a trunk. */
const FEWEST_LAYERS = 2;
/** The name of no value: all values at which a side trunk may end lead there. */
const ALL_EXITS = "";

/** The longest path to a value: the layers and nodes on it, and the value with which it begins. */
interface Path {
  readonly layers: number;
  readonly nodes: number;
  readonly start: string;
}

const isLonger = (a: Path, b: Path): boolean => a.layers > b.layers || (a.layers === b.layers && a.nodes > b.nodes);

/** All nodes of a chain's links. */
const nodesOf = (chain: Chain): readonly Node[] => chain.links.flatMap((l) => l.nodes.flatMap((n) => n.nodes));

/**
 * Finds the chains of layers among the nodes of a view that lie in no link of the main chain: the longest path of layers in series first, then the
 * longest among what is left, until none has two layers. A chain ends at the last value that all its ways to the rest of the network pass (an
 * encoder's output, before each layer of a decoder projects it), if at least half of the layers lie before it; else where its longest path enters the
 * rest. What begins at none of `sources` and is one fork, such as a gate, is no chain. Linear in the number of nodes, for each chain.
 */
export function sideChains(view: readonly ViewNode[], main: Found, sources: ReadonlySet<string>, read: ValueReader): readonly Found[] {
  const done = new Set(nodesOf(main.chain));
  const found: Found[] = [];
  for (let tried = 0; found.length < MOST && tried < 2 * MOST; tried++) {
    const rest = view.filter((n) => !n.nodes.some((m) => done.has(m)));
    const taken = new Set(view.flatMap((n) => (n.weight !== undefined && n.nodes.some((m) => done.has(m)) ? [n.weight] : [])));
    // A layer that another trunk applies too belongs there, as the first step of a decoder does that begins with an encoder's state. A tower of which all layers
    // are shared is one of a siamese network, and begins at an input of its own.
    const fresh = rest.filter((n) => n.weight === undefined || !taken.has(n.weight));
    const shared = rest.filter((n) => n.weight === undefined || taken.has(n.weight));
    const unused = new Set([...sources].filter((s) => s !== main.source && !found.some((f) => f.source === s)));
    const own = deepestStart(fresh) === undefined ? shared : fresh;
    const start = deepestStart(fresh) ?? deepestStart(shared, unused);
    if (start === undefined) break;
    const end = beforeSelection(own, endOf(own, start, exitsOf(view, own)));
    const chain = chainOf(subgraphBetween(own, start, end), read);
    for (const n of nodesOf(chain)) done.add(n);
    const fewest = sources.has(start) ? 1 : FEWEST_LAYERS;
    if (chain.links.filter((l) => l.nodes.some(isLayer)).length >= fewest) found.push({ source: start, target: end, chain });
  }
  return found;
}

/** The value, if given one of `among`, with which the path of the most layers begins; undefined where no path has enough. */
function deepestStart(rest: readonly ViewNode[], among?: ReadonlySet<string>): string | undefined {
  let best: Path | undefined;
  for (const path of longestPaths(rest).values()) {
    if ((!among || among.has(path.start)) && (!best || path.layers > best.layers)) best = path;
  }
  return best && best.layers >= FEWEST_LAYERS ? best.start : undefined;
}

/** The longest path to each value that the nodes compute: from any value that they take, or from `from` only. */
function longestPaths(nodes: readonly ViewNode[], from?: string): ReadonlyMap<string, Path> {
  const paths = new Map<string, Path>();
  for (const n of nodes) {
    let best: Path | undefined;
    for (const v of n.inputs) {
      const path = paths.get(v) ?? (from === undefined || v === from ? { layers: 0, nodes: 0, start: v } : undefined);
      if (path && (!best || isLonger(path, best))) best = path;
    }
    if (!best) continue;
    const next = { layers: best.layers + (isLayer(n) ? 1 : 0), nodes: best.nodes + 1, start: best.start };
    for (const o of n.outputs) paths.set(o, next);
  }
  return paths;
}

/** The values that nodes of the rest compute and others use. */
function exitsOf(view: readonly ViewNode[], rest: readonly ViewNode[]): ReadonlySet<string> {
  const own = new Set(rest);
  const made = new Set(rest.flatMap((n) => n.outputs));
  return new Set(view.flatMap((n) => (own.has(n) ? [] : n.inputs.filter((v) => made.has(v)))));
}

/** The value at which the chain from `start` ends. */
function endOf(rest: readonly ViewNode[], start: string, exits: ReadonlySet<string>): string {
  const paths = longestPaths(rest, start);
  const reached = [...exits].filter((v) => paths.has(v));
  const last = reached.reduce((a, b) => (isLonger(paths.get(a)!, paths.get(b)!) ? a : b));
  const sink: ViewNode = { at: Infinity, kind: "other", op: "", nodes: [], inputs: reached, outputs: [ALL_EXITS] };
  const subgraph = subgraphBetween([...rest, sink], start, ALL_EXITS);
  const cuts = articulationNodes(subgraph);
  const common = subgraph.nodes[cuts[cuts.length - 2] ?? -1]?.outputs.find((o) => subgraph.values.has(o));
  const before = common === undefined ? 0 : paths.get(common)!.layers;
  return before >= FEWEST_LAYERS && 2 * before >= paths.get(last)!.layers ? common! : last;
}

/** The value of which a chain's last nodes select a part, as a decoder does of an encoder's states; else the end itself. */
function beforeSelection(rest: readonly ViewNode[], end: string): string {
  const makers = new Map(rest.flatMap((n) => n.outputs.map((o) => [o, n] as const)));
  let [before, v] = [end, end];
  for (let n = makers.get(v); n?.kind === "layout" && n.inputs.length === 1; n = makers.get(v)) {
    v = n.inputs[0]!;
    if (traitsOf(n).moves === "selects" && makers.has(v)) before = v;
  }
  return before;
}
