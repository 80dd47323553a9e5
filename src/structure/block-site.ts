import type { Graph } from "../graph/graph.js";
import { INSIDE, isMadeUp, layerWords, modulesOfParameter, partsOfParameter, scopesOf, sharedStart } from "../graph/module-path.js";
import { WHOLE, fileNodes, moduleOf } from "../graph/site.js";
import type { Site } from "../graph/site.js";
import type { Block, Structure } from "./types.js";

/** The modules that a block is made of, from the outside in, and what stands between them in its name; none where its names tell none. */
function modulesOf(block: Block): { readonly path: readonly string[]; readonly between: string } {
  const module = sharedStart(namedWeights(block).map(modulesOfParameter));
  if (module.length > 0) return { path: module, between: "." };
  const scopes = block.nodes.filter((n) => n.includes("/")).map((n) => scopesOf(n).slice(0, -1));
  const scope = 2 * scopes.length > block.nodes.length ? sharedStart(scopes) : [];
  return { path: scope.every(isMadeUp) ? [] : scope, between: INSIDE };
}

/** The names of a block's weights; none where one of them is made up. */
const namedWeights = (block: Block): readonly string[] => (block.weights.some(isMadeUp) ? [] : block.weights);

/** What the names of all blocks of a network begin with, which tells none from another. */
interface Throughout {
  readonly modules: number;
  readonly words: number;
}

const known = new WeakMap<Structure, Throughout>();

function throughoutOf(structure: Structure): Throughout {
  const before = known.get(structure);
  if (before) return before;
  const all = structure.blocks.filter((b) => b.weights.length > 0).map((b) => ({ modules: modulesOf(b).path, words: wordsOf(b) }));
  // One block has nothing to be told from.
  const of = (paths: readonly (readonly string[])[]): number => (paths.length > 1 ? sharedStart(paths).length : 0);
  const found = { modules: of(all.map((b) => b.modules)), words: of(all.map((b) => b.words)) };
  known.set(structure, found);
  return found;
}

/** The words that the weights of a block share behind their modules. */
function wordsOf(block: Block): readonly string[] {
  const parts = namedWeights(block).map(partsOfParameter);
  const module = sharedStart(parts.map((p) => p.modules)).length;
  return sharedStart(parts.map(({ modules, own }) => modules[module]?.split("_") ?? layerWords(own)));
}

/**
 * The module that the names of a block's weights (else of its nodes) share; where that is what all blocks share, or none, the words that the weights'
 * own names share. Else the value that the block ends with.
 */
export function blockName(structure: Structure, block: Block): string {
  const { path, between } = modulesOf(block);
  const throughout = throughoutOf(structure);
  // Time steps share their module, and their weights.
  if (path.length > throughout.modules || (path.length > 0 && block.family === "recurrent")) return path.join(between);
  const words = wordsOf(block);
  if (words.length > throughout.words) return [...path, words.join("_")].join(between);
  return structure.trunk[block.to]?.name ?? block.nodes[0] ?? "";
}

/** `layer1.0 … layer4.2`, or the one block. */
export function stretchName(structure: Structure, blocks: readonly Block[]): string {
  const names = [blocks[0], blocks[blocks.length - 1]].flatMap((b) => (b ? [blockName(structure, b)] : []));
  return names[0] === names[1] ? (names[0] ?? WHOLE) : names.join(" … ");
}

/** The module that holds all of the blocks; nothing where they share none. */
export const moduleOfBlocks = (blocks: readonly Block[]): Pick<Site, "module"> =>
  moduleOf(
    blocks.map((b) =>
      modulesOf(b)
        .path.join(".")
        .split(".")
        .filter((p) => p !== ""),
    ),
  );

/** A stretch of blocks of a bound graph as a place in its network. */
export function stretchSite(structure: Structure, graph: Graph, blocks: readonly Block[], name: string = stretchName(structure, blocks)): Site {
  const nodes = new Set(blocks.flatMap((b) => b.nodes));
  return {
    kind: blocks.length === 0 ? "network" : "block",
    name,
    ...moduleOfBlocks(blocks),
    nodes: fileNodes(graph, (n) => nodes.has(n.name)),
  };
}

/** Whether a cut of the trunk lies in a chain over time. */
export const isOverTime = (structure: Structure, cut: number): boolean =>
  structure.spans.some((s) => s.kind === "recurrent" && cut >= s.from && cut <= s.to);
