import type { Graph } from "../graph/graph.js";
import { entriesOf } from "./entries.js";
import type { Block, Structure } from "./types.js";

/** The trunks of a network as one list of cuts and one of blocks, so that one run measures all of them. */
export interface JoinedTrunks {
  /** The trunks, each by itself. */
  readonly trunks: readonly Structure[];
  /** The main trunk's cuts and blocks, and behind them those of the others; source, target and spans are the main trunk's. */
  readonly structure: Structure;
  /** Where the cuts and the blocks of each trunk begin in it. */
  readonly starts: readonly TrunkStart[];
  /** For each trunk the position of the first block that is judged: what lies before it has nothing that is trained (default: all are). */
  readonly from?: readonly number[];
  /** The trunks' blocks that a zero weight or scale keeps shut until the first step (default: none). */
  readonly shut?: ReadonlySet<Block>;
}

/** The positions at which a trunk's cuts and blocks begin. */
export interface TrunkStart {
  readonly cut: number;
  readonly block: number;
}

/** Joins the trunks of a network, the main one first, and says where chains begin at a value that other nodes of its graph take as well. */
export function joinedTrunks(found: readonly Structure[], graph: Graph): JoinedTrunks {
  const trunks = found.map((t) => withEntries(t, graph));
  const [main] = trunks as [Structure, ...Structure[]];
  const starts: TrunkStart[] = [];
  const [trunk, blocks]: [Structure["trunk"][number][], Structure["blocks"][number][]] = [[], []];
  for (const t of trunks) {
    const start = { cut: trunk.length, block: blocks.length };
    starts.push(start);
    trunk.push(...t.trunk.map((c) => ({ ...c, depth: c.depth + start.cut })));
    blocks.push(...t.blocks.map((b) => ({ ...b, from: b.from + start.cut, to: b.to + start.cut })));
  }
  return { trunks, structure: { ...main, trunk, blocks }, starts };
}

/** Returns a trunk whose blocks have the routes into them that count. */
function withEntries(trunk: Structure, graph: Graph): Structure {
  const entries = entriesOf(graph, trunk);
  if (entries.size === 0) return trunk;
  const blocks = trunk.blocks.map((b) => {
    const entry = entries.get(b);
    return entry ? { ...b, entry } : b;
  });
  return { ...trunk, blocks };
}
