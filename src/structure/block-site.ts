import type { Graph } from "../graph/graph.js";
import { INSIDE, isMadeUp, scopesOf, sharedStart } from "../graph/module-path.js";
import { WHOLE, fileNodes, moduleOf } from "../graph/site.js";
import type { Site } from "../graph/site.js";
import type { Block, Structure } from "./types.js";

/** The modules that a block is made of, from the outside in, and what stands between them in its name; none where its names tell none. */
function modulesOf(block: Block): { readonly path: readonly string[]; readonly between: string } {
  const weights = block.weights.filter((w) => !isMadeUp(w)).map((w) => w.split(/[./]/).filter((p) => p !== ""));
  const module = weights.length === 1 ? weights[0]!.slice(0, -1) : sharedStart(weights);
  if (weights.length === block.weights.length && module.length > 0) return { path: module, between: "." };
  const scopes = block.nodes.filter((n) => n.includes("/")).map((n) => scopesOf(n).slice(0, -1));
  const scope = 2 * scopes.length > block.nodes.length ? sharedStart(scopes) : [];
  return { path: scope.every(isMadeUp) ? [] : scope, between: INSIDE };
}

/** The module that the names of a block's weights (else of its nodes) share; else the value that it ends with. */
export function blockName(structure: Structure, block: Block): string {
  const { path, between } = modulesOf(block);
  return path.length > 0 ? path.join(between) : (structure.trunk[block.to]?.name ?? block.nodes[0] ?? "");
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
