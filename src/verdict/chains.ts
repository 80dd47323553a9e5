import type { Graph } from "../graph/graph.js";
import { traitsOf } from "../ops/registry.js";
import { onTrunk } from "../probe/check-readings.js";
import type { CheckReadings } from "../probe/check-readings.js";
import { profilesAlongBlocks } from "../probe/profile.js";
import type { BodyProfiles } from "../probe/profile.js";
import { stretchName } from "../structure/block-site.js";
import { chainsOf } from "../structure/chains.js";
import type { JoinedTrunks, TrunkStart } from "../structure/joined-trunks.js";
import { selfGates } from "../structure/self-gates.js";
import type { Block, Structure } from "../structure/types.js";
import { isIll, judge } from "./judge.js";
import { openRuns, waitingBlocks } from "./waiting.js";
import type { Decision, Verdict } from "./types.js";

/** A chain of blocks with its profile and its verdict. */
export interface JudgedChain {
  /** Its first and its last block. */
  readonly name: string;
  /** The trunk that it lies on. */
  readonly structure: Structure;
  /** Where the trunk's cuts and blocks begin among those that were measured. */
  readonly start: TrunkStart;
  readonly blocks: readonly Block[];
  /** The position of the trunk's cut before which nothing is trained; absent where all counts. */
  readonly since?: number;
  /** Whether its blocks are steps in time. */
  readonly overTime: boolean;
  readonly profiles: BodyProfiles;
  readonly verdict: Verdict;
  /** Whether its fall is one of the start only, so that it counts as healthy (see `mild`). */
  readonly mild?: boolean;
  /** One factor on all its weights that was tried, and the verdict on it with that. */
  readonly cure?: { readonly factor: number; readonly verdict: Decision };
}

/** A network that is judged: its trunks, the main one first, and what was measured along all of them. */
export interface JudgeRequest extends Pick<JoinedTrunks, "trunks" | "starts" | "from" | "shut"> {
  readonly measured: CheckReadings;
  /** Whether examples influence each other, if known. */
  readonly mixing: boolean | undefined;
  /** The same network measured on other batches of the same size, for its scatter, where it was measured on one. */
  readonly others?: CheckReadings | undefined;
  /** Whether boundaries are passed over at which something is not finite (see `profilesAlongBlocks`). */
  readonly mend?: boolean;
}

/**
 * Judges every chain of every trunk's body, from the input to the output. Of a main trunk whose body has no blocks that take part there is one chain
 * without any, which is healthy.
 */
export function judgeChains({ trunks, starts, measured, others, mixing, from, shut, mend = false }: JudgeRequest): readonly JudgedChain[] {
  const asked = trunks.map((structure, i) => {
    const first = from?.[i] ?? 0;
    const left = new Set(structure.blocks.slice(0, first));
    return { structure, first, chains: chainsOf(structure).flatMap((chain) => (left.has(chain.at(-1)!) ? [] : [chain.filter((b) => !left.has(b))])) };
  });
  const oneOfSeveral = asked.flatMap((t) => t.chains).length > 1;
  return asked.flatMap(({ structure, first, chains }, i) => {
    const start = starts[i]!;
    const since = first === 0 ? {} : { since: structure.blocks[first]?.from ?? structure.trunk.length - 1 };
    const readings = onTrunk(measured, start);
    const along = (own: readonly Block[], overTime: boolean): BodyProfiles =>
      profilesAlongBlocks(structure, readings, { blocks: own, mixing, overTime, mend });
    const judged = (blocks: readonly Block[], overTime: boolean, profiles = along(blocks, overTime)): JudgedChain => {
      // Rows of batches, not of examples, whatever else is known of them.
      const rows = others && profilesAlongBlocks(structure, onTrunk(others, start), { blocks, mixing: undefined, overTime, mend });
      const data = { ...profiles, overTime, oneOfSeveral, ...(rows && { others: rows.gradient, othersAlone: rows.alone }) };
      return { name: stretchName(structure, blocks), structure, start, blocks, ...since, overTime, profiles, verdict: judge(data) };
    };
    const waiting = shut && waitingBlocks(structure, readings, shut);
    const open = waiting ? chains.flatMap((chain) => openRuns(chain, waiting)) : chains;
    const found = open.flatMap((chain): JudgedChain[] => {
      const overTime = chain.every((b) => b.family === "recurrent" || b.family === "none");
      const whole = along(chain, overTime);
      const idle = overTime || i > 0 ? idleBlocks(whole.gradient, overTime) : 0;
      // Beside the main trunk, what gets no gradient at all at the start has no profile; coverage tells of it.
      if (i > 0 && idle >= chain.length) return [];
      // Nothing but its end takes part.
      if (overTime && idle === chain.length) return [];
      // The far direction of a recurrent network that is read at its first step only: the others take no part.
      const blocks = idle > 0 && idle < chain.length ? chain.slice(idle) : chain;
      return [judged(blocks, overTime, blocks === chain ? whole : undefined)];
    });
    return found.length > 0 || i > 0 ? found : [judged([], false)];
  });
}

/**
 * Returns how many blocks at the beginning of a chain get a gradient of exactly zero in every replicate. Over time what is fed to a chain gets one from elsewhere:
 * there they are the blocks up to the last step without any.
 */
function idleBlocks(rows: readonly (readonly number[])[], overTime: boolean): number {
  const length = rows[0]?.length ?? 0;
  const isIdle = (at: number): boolean => rows.every((row) => row[at] === -Infinity);
  let idle = overTime ? length : 0;
  if (overTime) while (idle > 0 && !isIdle(idle - 1)) idle--;
  else while (idle < length && isIdle(idle)) idle++;
  return idle;
}

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

/** Tells whether functions that saturate at 0 stand in plain blocks that are no steps in time: no weight scale keeps both their slope and their mean. */
export function holdsSigmoids(graph: Graph, blocks: readonly Block[]): boolean {
  const nodes = new Set(blocks.flatMap((b) => (b.kind === "plain" && b.family !== "recurrent" ? b.nodes : [])));
  const sigmoids = graph.nodes.filter((n) => traitsOf(n).squashes?.low === 0 && nodes.has(n.name));
  if (sigmoids.length === 0) return false;
  const gatesItself = selfGates(graph);
  return sigmoids.some((n) => !gatesItself(n));
}
