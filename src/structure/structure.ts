import type { Bound } from "../passes/bind.js";
import { activityOf } from "./activity.js";
import type { Activity } from "./activity.js";
import { WHOLE_NETWORK } from "./blocks.js";
import { chainOf } from "./chain.js";
import type { Chain } from "./chain.js";
import { subgraphBetween } from "./subgraph.js";
import { isLayer } from "./node-kind.js";
import type { ViewNode } from "./node-kind.js";
import { trunkMaker } from "./trunk.js";
import type { Found, TrunkMaker } from "./trunk.js";
import type { Structure } from "./types.js";
import { viewOf } from "./view.js";

/** How many sources are tried for the longest chain: those with the longest paths to the target. */
const SOURCES_TRIED = 8;

/**
 * Finds the trunk and the blocks of a bound network between its inputs and `target`, the value from which the loss is computed. Only the graph
 * is used, never names. Nearly linear in the number of nodes. A network without activations has a trunk of one cut, its target.
 */
export function structureOf(bound: Bound, target: string): Structure {
  return mainTrunk(bound, target).structure;
}

/** The main trunk of a network, and what it was found on. */
export interface MainTrunk {
  readonly activity: Activity;
  readonly view: readonly ViewNode[];
  readonly maker: TrunkMaker;
  readonly found: Found | undefined;
  readonly structure: Structure;
}

/** Finds the chain from the source whose chain is the longest. */
export function mainTrunk(bound: Bound, target: string): MainTrunk {
  const activity = activityOf(bound.graph, target);
  const view = viewOf(bound, activity);
  const maker = trunkMaker(bound.graph, view);
  let best: Found | undefined;
  let longest = -1;
  for (const source of deepest(view, activity.sources, target)) {
    const subgraph = subgraphBetween(view, source, target);
    if (subgraph.nodes.length === 0) continue;
    const chain = chainOf(subgraph, maker.read);
    const length = lengthOf(chain);
    if (length > longest) [best, longest] = [{ source, target, chain }, length];
  }
  const structure = best ? maker.trunkOf(best, WHOLE_NETWORK) : maker.single(target);
  return { activity, view, maker, found: best, structure };
}

/**
 * Twice the number of links that apply weights. Links inside a spliced fork count half, because their cuts are not cuts of the network; time steps and
 * links beside a long skip count whole.
 */
function lengthOf(chain: Chain): number {
  const steps = chain.links.map((l): number => (l.nodes.some(isLayer) ? (l.nesting === 0 ? 2 : 1) : 0));
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
