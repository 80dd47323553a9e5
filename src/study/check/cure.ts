import { bytesOf } from "../../graph/tensor.js";
import { checkReadings } from "../../probe/check-readings.js";
import { measurerOf, replicatesOf } from "../../probe/measure.js";
import type { MeasureRun, Replicate } from "../../probe/measure.js";
import type { JoinedTrunks } from "../../structure/joined-trunks.js";
import { gravest, judgeChains } from "../../verdict/chains.js";
import type { JudgedChain } from "../../verdict/chains.js";
import { curable, outcomeOf } from "../../verdict/cures.js";
import type { ChainCure } from "../../verdict/cures.js";
import { IsogradError } from "../../util/errors.js";
import { firstBadBatch } from "./bad-results.js";
import { nextFactors, spreadOf } from "./factors.js";
import type { Trial } from "./factors.js";
import { profileAlone } from "./prepare.js";
import { scaledGroups, times } from "./scaled-weights.js";

/** The factor on all weight matrices and kernels of the gravest chain, and the verdict on the network with it and with those of the other chains. */
export interface Cure extends ChainCure {
  /** The same of every chain by itself; undefined where none was tried. */
  readonly chains: readonly (ChainCure | undefined)[];
}

/** The structure that verdicts are made on. */
interface Seen {
  readonly joined: JoinedTrunks;
  readonly mixing: boolean | undefined;
}

/** How often the scaled weights lie in memory: as tensors, on their way to the thread of the sessions, and there. */
const SCALED_COPIES = 3;
/** Runs that the search may take. */
const RUNS = 4;

/**
 * Seeks one factor on all weight matrices and kernels (not on biases, not on norms) with which the gradient of ill chains keeps its size, in at most four runs: the
 * same for all of them where their layers ask for about the same, else one for each, all tried together. Returns those of the run that leaves the fewest chains
 * that are not healthy, of equal ones the least spread, with the verdicts; undefined where no chain is ill, or its gradient is lost altogether, so that no
 * factor follows. "no-memory" where there is none to hold the weights twice. Errors: those of measuring.
 */
export async function cureOf(run: MeasureRun, seen: Seen, chains: readonly JudgedChain[]): Promise<Cure | "no-memory" | undefined> {
  const groups = scaledGroups(run.bound.graph, chains, curable(chains));
  if (groups.length === 0) return undefined;
  run.onProgress?.("trying one factor on all weights");
  const held = SCALED_COPIES * groups.reduce((n, g) => n + [...g.weights.values()].reduce((m, t) => m + bytesOf(t), 0), 0);
  const measurer = measurerOf({ ...profileAlone(run), held }, { keep: true });
  const judgeWith = async (lns: readonly number[], replicates: readonly Replicate[]): Promise<Trial["chains"]> => {
    const scaled = new Map(groups.flatMap((g, i) => [...g.weights].map(([name, t]) => [name, times(t, Math.exp(lns[i]!))] as const)));
    const { measurements } = await measurer.measure(replicates.map((r) => ({ ...r, weights: scaled })));
    const measured = checkReadings(run.bound, run.structure, measurements);
    if (firstBadBatch(measured) !== -1) return "non-finite";
    const judged = judgeChains({ ...seen.joined, measured, mixing: seen.mixing });
    // A chain beside the main trunk that gets no gradient any more is none.
    return judged.length === chains.length ? judged : "non-finite";
  };
  try {
    const all = replicatesOf(run);
    const tried: Trial[] = [{ lns: groups.map(() => 0), chains }];
    for (let k = all.length === 1 ? 0 : 1; k < RUNS; k++) {
      const lns = nextFactors(tried, groups);
      if (lns === undefined) break;
      // One batch shows the way; the last word has as many as the verdict itself.
      tried.push({ lns, chains: await judgeWith(lns, all.slice(0, 1)) });
    }
    const [, ...own] = tried;
    if (own.length === 0) return undefined;
    const worst = (t: Trial): number => Math.max(...groups.map((g, i) => Math.abs(spreadOf(t, g, i))));
    const best = own.reduce((a, b) => (ailing(b) < ailing(a) || (ailing(b) === ailing(a) && worst(b) < worst(a)) ? b : a));
    const last = all.length === 1 ? best : { ...best, chains: await judgeWith(best.lns, all) };
    const groupOf = (at: number): number => groups.findIndex((g) => g.members.includes(at));
    const cures = chains.map((_, at): ChainCure | undefined => {
      const ln = last.lns[groupOf(at)];
      if (ln === undefined) return undefined;
      const isTried = (i: number): boolean => groupOf(i) !== -1;
      return { factor: Math.exp(ln), verdict: last.chains === "non-finite" ? "non-finite" : outcomeOf(at, chains, last.chains, isTried) };
    });
    const leading = chains.indexOf(gravest(chains.filter((_, at) => cures[at] !== undefined)));
    return {
      factor: cures[leading]!.factor,
      verdict: last.chains === "non-finite" ? "non-finite" : gravest(last.chains).verdict.decision,
      chains: cures,
    };
  } catch (error) {
    // The weights are held twice for it: where that is too much, no factor is tried.
    if (error instanceof IsogradError && error.code === "memory/limit") return "no-memory";
    throw error;
  } finally {
    await measurer.dispose();
  }
}

/** Returns how many chains are not healthy in a trial. */
const ailing = ({ chains }: Trial): number => (chains === "non-finite" ? Infinity : chains.filter((c) => c.verdict.decision !== "healthy").length);
