import type { Bound } from "../passes/bind.js";
import { withLearnedSources } from "./learned-sources.js";
import { partsOf } from "./parts.js";
import type { ParameterPart, UnheldLayer } from "./parts.js";
import { sideChains } from "./side-chains.js";
import { mainTrunk } from "./structure.js";
import { trunkMaker } from "./trunk.js";
import type { Structure } from "./types.js";
import { viewOf } from "./view.js";

/** All trunks of a network, and what lies in none. */
export interface Trunks {
  /** The main trunk, as `structureOf` finds it, then the others: those with the most layers in series first. No node lies in two of them. */
  readonly trunks: readonly Structure[];
  /** The blocks that a tensor belongs to, by its name in the bound graph, for all that may be parameters and from which a gradient comes back. */
  readonly parameters: ReadonlyMap<string, ParameterPart>;
  /** The layers on the way to the target that lie in no block. */
  readonly unheld: readonly UnheldLayer[];
}

/**
 * Finds the main trunk of a network and the trunks beside it: chains of at least two layers in series that no block of the main one holds. Such
 * are the second tower of two, an encoder whose output enters by attention or as a first state, the other direction of a recurrent
 * network, an auxiliary head, and layers applied to learned queries. Branches inside one block (Inception, squeeze-excite, experts of a mixture) are none. A
 * trunk begins at an input, at rows of a table, at a parameter, or where it leaves another trunk; it ends where all of it joins another, or at the last value
 * before that. Nearly linear in the number of nodes.
 */
export function trunksOf(bound: Bound, target: string): Trunks {
  const main = mainTrunk(bound, target);
  if (!main.found) return { trunks: [main.structure], ...partsOf(bound, main.activity, main.view, [main.structure]) };
  const activity = withLearnedSources(bound, main.activity);
  const extended = activity !== main.activity;
  const view = extended ? viewOf(bound, activity) : main.view;
  const maker = extended ? trunkMaker(bound.graph, view) : main.maker;
  const sources = new Set(activity.sources);
  const sides = sideChains(view, main.found, sources, maker.read).map((found) =>
    maker.trunkOf(found, { stem: sources.has(found.source), head: false }),
  );
  const trunks = [main.structure, ...sides];
  return { trunks, ...partsOf(bound, activity, view, trunks) };
}
