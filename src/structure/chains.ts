import type { Block, Structure, WeightFamily } from "./types.js";

/** Fewer neighbours that apply their weights in another way make no chain of their own. */
const FEWEST = 3;
/** Fewer neighbours of another kind do not: strided layers stand between residual blocks, transitions between dense ones. */
const FEWEST_OF_KIND = 6;

/** Blocks one behind another. */
type Run = readonly Block[];

/**
 * Divides the body of a trunk into chains of blocks of one kind, from the input to the output: each has a profile and a verdict of its own. A chain ends where
 * blocks apply their weights in another way from there on (convolutions, matrices, the same ones at every step of time), where a layer over time ends and the
 * next begins, where a long skip begins or ends, or where long runs of plain and of forked blocks meet. Short runs belong to the chain around them; at an end of
 * the body they belong to the stem or to the head, and so does a fork at the very end of the network, which joins outputs (the two streams of a dueling
 * network). There are none where the body has no blocks.
 */
export function chainsOf(structure: Structure): readonly Run[] {
  const body = structure.blocks.filter((b) => b.role === "body");
  const last = body[body.length - 1];
  const joins = last !== undefined && last === structure.blocks[structure.blocks.length - 1] && last.kind === "other";
  const own = joins && body.some((b) => b.kind !== "other") ? body.slice(0, -1) : body;
  return parted(own, (b) => levelOf(structure, b), 1).flatMap(chainsOfLevel);
}

/** The spliced forks that a block lies in. What flows there is the deep path's share alone, and jumps where the skip joins: that is no growth from block to block. */
const levelOf = (structure: Structure, b: Block): number =>
  structure.spans.filter((s) => s.kind !== "recurrent" && b.from >= s.from && b.to <= s.to).length;

function chainsOfLevel(own: Run): readonly Run[] {
  const cells = cellsOf(own);
  const byFamily = parted(own, (b) => (b.family === "recurrent" ? cells.get(b) : familyOf(b)), FEWEST);
  const inner = byFamily.length > 1 || (byFamily[0]?.length ?? 0) > FEWEST ? byFamily.map((run) => trimmed(run, FEWEST)) : byFamily;
  return inner.flatMap((run) => parted(run, (b) => (b.kind === "plain" ? "plain" : "forked"), FEWEST_OF_KIND));
}

/** Blocks without weights go with what is around them. */
const familyOf = (b: Block): WeightFamily | undefined => (b.family === "none" ? undefined : b.family);

/** Numbers the layers over time: steps that have no weight of the steps before them are of the next layer, an encoder's or a decoder's for instance. */
function cellsOf(blocks: Run): ReadonlyMap<Block, number> {
  const cells = new Map<Block, number>();
  let own = new Set<string>();
  let cell = -1;
  for (const b of blocks) {
    if (b.family !== "recurrent") continue;
    const clocks = b.clocks ?? b.weights;
    if (!clocks.some((w) => own.has(w))) {
      cell++;
      own = new Set();
    }
    for (const w of clocks) own.add(w);
    cells.set(b, cell);
  }
  return cells;
}

/** Parts blocks into runs of at least `fewest` blocks of one sort; shorter runs belong to the run before them, at the beginning to the one after. */
function parted<S>(blocks: Run, sortOf: (b: Block) => S | undefined, fewest: number): readonly Run[] {
  const runs: { sort: S | undefined; blocks: Block[] }[] = [];
  for (const b of blocks) {
    const run = runs[runs.length - 1];
    const sort = sortOf(b) ?? run?.sort;
    if (run && (run.sort === sort || run.sort === undefined)) {
      run.blocks.push(b);
      run.sort = sort;
    } else runs.push({ sort, blocks: [b] });
  }
  const long = runs.filter((r) => r.blocks.length >= fewest);
  if (long.length === 0) return blocks.length > 0 ? [blocks] : [];
  const parts: { sort: S | undefined; blocks: Block[] }[] = [];
  for (const run of runs) {
    const part = parts[parts.length - 1];
    const begins = part === undefined || (run.blocks.length >= fewest && long.includes(run) && run.sort !== part.sort && part.sort !== undefined);
    if (begins) parts.push({ sort: run.blocks.length >= fewest ? run.sort : undefined, blocks: [...run.blocks] });
    else {
      part.blocks.push(...run.blocks);
      part.sort ??= run.blocks.length >= fewest ? run.sort : undefined;
    }
  }
  return parts.map((p) => p.blocks);
}

/** Leaves out short runs of another family than the rest at the two ends of a chain. */
function trimmed(blocks: Run, fewest: number): Run {
  const counts = new Map<WeightFamily, number>();
  for (const b of blocks) counts.set(b.family, (counts.get(b.family) ?? 0) + 1);
  const main = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
  const foreign = (b: Block): boolean => b.family !== main && b.family !== "none";
  const first = blocks.findIndex((b) => !foreign(b));
  const after = blocks.length - [...blocks].reverse().findIndex((b) => !foreign(b));
  return blocks.slice(first < fewest ? first : 0, blocks.length - after < fewest ? after : blocks.length);
}
