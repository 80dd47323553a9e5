import { passesGradient } from "../ops/registry.js";
import type { Bound } from "../passes/bind.js";
import type { Activity } from "./activity.js";
import type { ViewNode } from "./node-kind.js";
import type { Block, Structure } from "./types.js";

/** A block, by the positions of its trunk and of the block on it. */
export interface BlockPlace {
  readonly trunk: number;
  readonly block: number;
}

/** The part that a tensor has in a network's blocks. */
export interface ParameterPart {
  /**
   * The first block that reads it, as it is or transposed, cut and the like, or as the rows with which the trunk begins, or by one layer that feeds nothing but
   * steps of time, as the weights of a recurrent layer's inputs do; null where none does.
   */
  readonly block: BlockPlace | null;
  /** The first block that what is computed with it leads to. */
  readonly feeds: BlockPlace;
}

/** A layer that lies in no block and feeds more than steps of time, such as the projection of an encoder's output in each layer of a decoder. */
export interface UnheldLayer {
  /** Name of its node in the bound graph. */
  readonly node: string;
  readonly weight: string | null;
  /** The first block that it leads to. */
  readonly feeds: BlockPlace | null;
}

/** No block. */
const NONE = Infinity;

/** The fewest blocks with the same weights that are steps of time. */
const FEWEST_STEPS = 3;

/** The most layers in series outside of the steps that belong to them. */
const LAYERS_OF_STEPS = 1;

/** Tells of parameters and layers to which blocks they belong. Blocks are searched from those that read a value back to it; linear in the size of the graph. */
export function partsOf(
  { graph, candidates }: Pick<Bound, "graph" | "candidates">,
  activity: Activity,
  view: readonly ViewNode[],
  trunks: readonly Structure[],
): { readonly parameters: ReadonlyMap<string, ParameterPart>; readonly unheld: readonly UnheldLayer[] } {
  const places = trunks.flatMap((t, trunk) => t.blocks.map((_, block): BlockPlace => ({ trunk, block })));
  const home = new Map<string, number>();
  places.forEach(({ trunk, block }, i) => {
    for (const n of trunks[trunk]!.blocks[block]!.nodes) home.set(n, i);
  });
  const begins = new Map<string, number>();
  const sources = new Set(activity.sources);
  places.forEach(({ trunk, block }, i) => {
    if (block === 0 && sources.has(trunks[trunk]!.source)) begins.set(trunks[trunk]!.source, i);
  });
  const blocks = places.map(({ trunk, block }) => trunks[trunk]!.blocks[block]!);
  const repeats = repeatsOf(blocks, view, home);
  const steps = new Set([...stepsOf(blocks), ...repeats.values()]);
  const layers = new Set(view.flatMap((n) => (n.kind === "weighted" ? n.nodes.map((m) => m.name) : [])));
  /** By value: the first block that reads it, the first that it leads to, and the most layers before steps of time, Infinity where it leads to anything else. */
  const reads = new Map<string, number>();
  const leads = new Map<string, number>();
  const outside = new Map<string, number>();
  const inputs = new Set<string>();
  const least = (of: ReadonlyMap<string, number>, values: readonly string[]): number => values.reduce((m, v) => Math.min(m, of.get(v) ?? NONE), NONE);
  const lower = (of: Map<string, number>, v: string, to: number): void => {
    if (to < (of.get(v) ?? NONE)) of.set(v, to);
  };
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const n = graph.nodes[i]!;
    // The lookup of the rows with which a trunk begins counts to its first block.
    const own = home.get(n.name) ?? n.outputs.map((o) => begins.get(o)).find((at) => at !== undefined) ?? repeats.get(n.name);
    const lead = own ?? least(leads, n.outputs);
    if (lead === NONE) continue;
    const before =
      own === undefined ? Math.max(0, ...n.outputs.map((o) => outside.get(o) ?? 0)) + (layers.has(n.name) ? 1 : 0) : steps.has(own) ? 0 : NONE;
    const feeds = own === undefined && before <= LAYERS_OF_STEPS;
    if (feeds) inputs.add(n.name);
    // Nodes that compute an activation outside of all blocks lead to one, and belong to it if it is a step of time; those that prepare a weight belong to the
    // block that reads it.
    const read = own ?? (n.outputs.some((o) => activity.active.has(o)) ? (feeds ? lead : NONE) : least(reads, n.outputs));
    n.inputs.forEach((v, k) => {
      if (v === "" || !passesGradient(n, k, (x) => graph.types.get(x))) return;
      lower(reads, v, read);
      lower(leads, v, lead);
      outside.set(v, Math.max(outside.get(v) ?? 0, before));
    });
  }
  const placeOf = (i: number | undefined): BlockPlace | null => places[i ?? NONE] ?? null;
  const parameters = new Map<string, ParameterPart>();
  for (const name of candidates.keys()) {
    const feeds = placeOf(leads.get(name));
    if (feeds) parameters.set(name, { block: placeOf(reads.get(name)), feeds });
  }
  const unheld = view.flatMap((n) => {
    if (n.kind !== "weighted" || n.nodes.some((m) => home.has(m.name) || inputs.has(m.name))) return [];
    return n.nodes.map((m): UnheldLayer => ({ node: m.name, weight: n.weight ?? null, feeds: placeOf(least(leads, m.outputs)) }));
  });
  return { parameters, unheld };
}

/**
 * The positions of the blocks that are steps of time: those that are recurrent, and those with weights that these have, too, or several others. A head, where
 * the outputs of all steps are joined, is none.
 */
function stepsOf(blocks: readonly Block[]): ReadonlySet<number> {
  const shared = new Set(blocks.flatMap((b) => (b.family === "recurrent" ? b.weights : [])));
  const uses = new Map<string, number>();
  for (const w of blocks.flatMap((b) => b.weights)) {
    const count = (uses.get(w) ?? 0) + 1;
    uses.set(w, count);
    if (count >= FEWEST_STEPS) shared.add(w);
  }
  const isStep = (b: Block): boolean => b.role !== "head" && (b.family === "recurrent" || b.weights.some((w) => shared.has(w)));
  return new Set(blocks.flatMap((b, i) => (isStep(b) ? [i] : [])));
}

/**
 * The layers outside of all blocks that repeat at other steps what a block behind a chain over time does at the last one, as the answers of a decoder and its attention
 * do; by their nodes, the position of that block.
 */
function repeatsOf(blocks: readonly Block[], view: readonly ViewNode[], home: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const holders = new Map<string, number>();
  blocks.forEach((b, i) => b.weights.forEach((w) => holders.set(w, i)));
  const found = new Map<number, string[]>();
  for (const { weight, nodes } of view) {
    const holder = weight === undefined || nodes.some((m) => home.has(m.name)) ? undefined : holders.get(weight);
    if (holder === undefined || blocks[holder]!.family === "recurrent") continue;
    found.set(holder, [...(found.get(holder) ?? []), ...nodes.map((m) => m.name)]);
  }
  return new Map([...found].flatMap(([holder, names]) => (names.length >= FEWEST_STEPS - 1 ? names.map((name) => [name, holder] as const) : [])));
}
