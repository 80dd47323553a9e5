import { batchMean, flowThrough, lnGradientAt, lnThrough } from "../probe/check-readings.js";
import type { CheckReadings } from "../probe/check-readings.js";
import { lnActivationOf } from "../probe/flow.js";
import type { Block, Structure } from "../structure/types.js";

/** The blocks of a trunk that wait for the first step. */
export interface Waiting {
  /** Those through which no gradient comes back, because they, or those behind them, start shut. */
  readonly through: ReadonlySet<Block>;
  /** Those that get none at their end for the same reason. */
  readonly before: ReadonlySet<Block>;
}

/**
 * Finds the blocks that get no gradient before the first step, because a weight or a scale that starts at zero keeps the branch of a fork shut in which they lie, or all
 * branches that they lead to. A block that is shut, but gets nothing to begin with, is none: no step ever opens it.
 */
export function waitingBlocks(structure: Structure, readings: CheckReadings, shut: ReadonlySet<Block>): Waiting {
  const through = new Set<Block>();
  const before = new Set<Block>();
  if (shut.size === 0) return { through, before };
  const byStart = new Map(structure.blocks.map((b) => [b.from, b] as const));
  const isInFork = (b: Block): boolean => structure.spans.some((s) => s.kind !== "recurrent" && s.from <= b.from && b.from < s.to);
  const isFed = (b: Block): boolean => batchMean(readings, (batch) => lnActivationOf(flowThrough(readings, b.from, batch))) > -Infinity;
  for (let i = structure.blocks.length - 1; i >= 0; i--) {
    const b = structure.blocks[i]!;
    const next = byStart.get(b.to);
    const ends = lnGradientAt(readings, b.to) === -Infinity;
    if (ends && next !== undefined && through.has(next)) before.add(b);
    if (lnThrough(readings, b, i) !== -Infinity) continue;
    if (ends ? before.has(b) : shut.has(b) && isInFork(b) && isFed(b)) through.add(b);
  }
  return { through, before };
}

/** Returns what of a chain does not wait, in runs of neighbours. */
export function openRuns(chain: readonly Block[], { through, before }: Waiting): readonly (readonly Block[])[] {
  const runs: Block[][] = [];
  let run: Block[] | undefined;
  for (const b of chain) {
    if (through.has(b) || before.has(b)) run = undefined;
    else if (run) run.push(b);
    else runs.push((run = [b]));
  }
  return runs;
}
