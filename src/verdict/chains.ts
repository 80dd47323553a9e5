import { onTrunk } from "../probe/check-readings.js";
import type { CheckReadings } from "../probe/check-readings.js";
import { profilesAlongBlocks } from "../probe/profile.js";
import type { BodyProfiles } from "../probe/profile.js";
import { stretchName } from "../structure/block-site.js";
import { chainsOf } from "../structure/chains.js";
import type { TrunkStart } from "../structure/joined-trunks.js";
import type { Block, Structure } from "../structure/types.js";
import { judge } from "./judge.js";
import type { Verdict } from "./types.js";

/** A chain of blocks with its profile and its verdict. */
export interface JudgedChain {
  /** Its first and its last block. */
  readonly name: string;
  /** The trunk that it lies on. */
  readonly structure: Structure;
  /** Where the trunk's cuts and blocks begin among those that were measured. */
  readonly start: TrunkStart;
  readonly blocks: readonly Block[];
  /** Whether its blocks are steps in time. */
  readonly overTime: boolean;
  readonly profiles: BodyProfiles;
  readonly verdict: Verdict;
}

/** A network that is judged: its trunks, the main one first, and what was measured along all of them. */
export interface JudgeRequest {
  readonly trunks: readonly Structure[];
  readonly starts: readonly TrunkStart[];
  readonly measured: CheckReadings;
  /** Whether examples influence each other, if known. */
  readonly mixing: boolean | undefined;
  /** The same network measured on other batches of the same size, for its scatter, where it was measured on one. */
  readonly others?: CheckReadings | undefined;
  /** Whether boundaries are passed over at which something is not finite (see `profilesAlongBlocks`). */
  readonly mend: boolean;
}

/**
 * Judges every chain of every trunk's body, from the input to the output. Of a main trunk whose body has no blocks there is one chain without any, which is
 * healthy.
 */
export function judgeChains({ trunks, starts, measured, others, mixing, mend }: JudgeRequest): readonly JudgedChain[] {
  return trunks.flatMap((structure, i) => {
    const start = starts[i]!;
    const readings = onTrunk(measured, start);
    const chains = chainsOf(structure);
    return (chains.length > 0 || i > 0 ? chains : [[]]).flatMap((chain): JudgedChain[] => {
      const overTime = chain.length > 0 && chain.every((b) => b.family === "recurrent" || b.family === "none");
      const along = (own: readonly Block[]): BodyProfiles => profilesAlongBlocks(structure, readings, { blocks: own, mixing, mend });
      const whole = along(chain);
      const idle = overTime || i > 0 ? idleBlocks(whole.gradient) : 0;
      // Beside the main trunk, what gets no gradient at all at the start has no profile; coverage tells of it.
      if (i > 0 && idle >= chain.length) return [];
      // The far direction of a recurrent network that is read at its first step only: the others take no part.
      const blocks = idle > 0 && idle < chain.length ? chain.slice(idle) : chain;
      const profiles = blocks === chain ? whole : along(blocks);
      const name = stretchName(structure, blocks);
      // Rows of batches, not of examples, whatever else is known of them.
      const rows = others && profilesAlongBlocks(structure, onTrunk(others, start), { blocks, mixing: undefined, mend }).gradient;
      const data = { ...profiles, overTime, ...(rows && { others: rows }) };
      return [{ name, structure, start, blocks, overTime, profiles, verdict: judge(data) }];
    });
  });
}

/** Returns how many blocks at the beginning of a chain get a gradient of exactly zero in every replicate. */
function idleBlocks(rows: readonly (readonly number[])[]): number {
  let idle = 0;
  const length = rows[0]?.length ?? 0;
  while (idle < length && rows.every((row) => row[idle] === -Infinity)) idle++;
  return idle;
}

/** Tells whether a verdict is one of a gradient that does not keep its size. */
export const isIll = ({ decision }: Pick<Verdict, "decision">): boolean => decision === "exploding" || decision === "vanishing" || decision === "mixed";

/** How grave a verdict is: first by its decision, then by how far the gradient spreads. */
const gravity = ({ decision, rise, fall }: Verdict): readonly [number, number] => [
  decision === "non-finite" ? 3 : isIll({ decision }) ? 2 : decision === "undecided" ? 1 : 0,
  Math.max(rise.value || 0, fall.value || 0),
];

/** Returns the gravest of some chains; of equally grave ones the first. */
export const gravest = (chains: readonly JudgedChain[]): JudgedChain =>
  chains.reduce((a, b) => {
    const [x, y] = [gravity(a.verdict), gravity(b.verdict)];
    return y[0] > x[0] || (y[0] === x[0] && y[1] > x[1]) ? b : a;
  });
