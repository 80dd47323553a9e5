import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readOnnx } from "../../src/onnx/read.js";
import { bind } from "../../src/passes/bind.js";
import type { Bound } from "../../src/passes/bind.js";
import type { Graph } from "../../src/graph/graph.js";
import { structureOf } from "../../src/structure/structure.js";
import { trunksOf } from "../../src/structure/trunks.js";
import type { Trunks } from "../../src/structure/trunks.js";
import type { Block, Structure } from "../../src/structure/types.js";

/** A network of test/fixtures/structure, bound. */
function fixture(name: string, output?: string): Bound {
  const path = fileURLToPath(new URL(`../fixtures/structure/${name}.onnx`, import.meta.url));
  const model = readOnnx(readFileSync(path), { name });
  return bind(model, { outputs: [output ?? model.graph.outputs[0]!] });
}

export function structureOfFixture(name: string, output?: string): Structure {
  const bound = fixture(name, output);
  return structureOf(bound, bound.graph.outputs[0]!);
}

/** All trunks of a network of test/fixtures/structure. */
export function trunksOfFixture(name: string): Trunks & { readonly bound: Bound } {
  const bound = fixture(name);
  return { ...trunksOf(bound, bound.graph.outputs[0]!), bound };
}

const boundOf = (graph: Graph): Bound => bind({ graph, name: "test", opset: 20, producer: "" });

/** The structure of a graph built in a test. */
export function structureOfGraph(graph: Graph): Structure {
  const bound = boundOf(graph);
  return structureOf(bound, bound.graph.outputs[0]!);
}

/** All trunks of a graph built in a test. */
export function trunksOfGraph(graph: Graph): Trunks {
  const bound = boundOf(graph);
  return trunksOf(bound, bound.graph.outputs[0]!);
}

/** How many blocks of each kind, and of each skip. */
export function tally(s: Structure): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const b of s.blocks) {
    counts[b.kind] = (counts[b.kind] ?? 0) + 1;
    if (b.skip !== null) counts[b.skip] = (counts[b.skip] ?? 0) + 1;
  }
  return counts;
}

/** The first letters of the blocks' roles, in order. */
export const rolesOf = (s: Structure): string => s.blocks.map((b) => b.role[0]).join("");

/** How the blocks apply their weights, in order: `2 convolution, 10 matrix`. */
export function familiesOf(s: Structure): string {
  const runs: { readonly family: string; count: number }[] = [];
  for (const { family } of s.blocks) {
    const last = runs[runs.length - 1];
    if (last?.family === family) last.count++;
    else runs.push({ family, count: 1 });
  }
  return runs.map((r) => `${r.count} ${r.family}`).join(", ");
}

export const ofKind = (s: Structure, kind: Block["kind"]): readonly Block[] => s.blocks.filter((b) => b.kind === kind);

/** What holds of every structure: blocks tile the trunk, no node stands in two blocks, cuts are numbered. */
export function faults(s: Structure): readonly string[] {
  const found: string[] = [];
  s.blocks.forEach((b, i) => {
    if (b.from >= b.to) found.push(`block ${i} is empty`);
    if (b.from !== (s.blocks[i - 1]?.to ?? 0)) found.push(`block ${i} does not begin where the one before ends`);
    if (!s.trunk[b.from]?.boundary || !s.trunk[b.to]?.boundary) found.push(`block ${i} does not lie between boundaries`);
  });
  if (s.blocks.length > 0 && s.blocks[s.blocks.length - 1]!.to !== s.trunk.length - 1) found.push("the last block does not end at the target");
  const nodes = s.blocks.flatMap((b) => b.nodes);
  if (new Set(nodes).size !== nodes.length) found.push("a node stands in two blocks");
  s.trunk.forEach((c, i) => c.depth === i || found.push(`cut ${i} has depth ${c.depth}`));
  return found;
}
