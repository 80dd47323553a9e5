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
    return (chains.length > 0 || i > 0 ? chains : [[]]).map((blocks) => {
      const profiles = profilesAlongBlocks(structure, readings, { blocks, mixing, mend });
      const overTime = blocks.length > 0 && blocks.every((b) => b.family === "recurrent" || b.family === "none");
      const name = stretchName(structure, blocks);
      // Rows of batches, not of examples, whatever else is known of them.
      const rows = others && profilesAlongBlocks(structure, onTrunk(others, start), { blocks, mixing: undefined, mend }).gradient;
      const data = { ...profiles, overTime, ...(rows && { others: rows }) };
      return { name, structure, start, blocks, overTime, profiles, verdict: judge(data) };
    });
  });
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
