import type { Tensor } from "../../graph/tensor.js";
import { bytesOf } from "../../graph/tensor.js";
import { producers } from "../../graph/graph.js";
import type { Graph } from "../../graph/graph.js";
import { traitsOf } from "../../ops/registry.js";
import { checkReadings } from "../../probe/check-readings.js";
import { measurerOf, replicatesOf } from "../../probe/measure.js";
import type { MeasureRun, Replicate } from "../../probe/measure.js";
import type { JoinedTrunks } from "../../structure/joined-trunks.js";
import { curable, gravest, judgeChains } from "../../verdict/chains.js";
import type { JudgedChain } from "../../verdict/chains.js";
import type { Decision, Verdict } from "../../verdict/types.js";
import { IsogradError } from "../../util/errors.js";
import { firstBadBatch } from "./bad-results.js";
import { profileAlone } from "./prepare.js";

/** One factor on all weight matrices and kernels of a chain, and the verdict on the network with it. */
export interface Cure {
  readonly factor: number;
  readonly verdict: Decision;
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
/** A spread within a factor of 3 needs no better factor. */
const FLAT = Math.log(3);
/** A factor changes nothing where it moves the spread by less than this share: a norm divides by it. */
const IDLE = 0.05;
/** Factors lie between 1/20 and 20: beyond, functions that saturate are flat, whatever the gradient does. */
const FARTHEST = Math.log(20);

/**
 * Seeks one factor on all weight matrices and kernels of the gravest ill chain (not on biases, not on norms) with which its gradient keeps its size, in at most
 * four runs: the first by the number of layers, as if each multiplied the gradient by the factor, the others by the secant through the last two. Returns
 * the factor that gives a healthy network, else the one with the least spread, and the verdict with it; undefined where no chain is ill, or its gradient
 * is lost altogether, so that no factor follows. "no-memory" where there is none to hold the weights twice. Errors: those of measuring.
 */
export async function cureOf(run: MeasureRun, seen: Seen, chains: readonly JudgedChain[]): Promise<Cure | "no-memory" | undefined> {
  const ill = curable(chains);
  if (ill === undefined) return undefined;
  const weights = weightsOf(run.bound.graph, ill);
  if (weights.size === 0) return undefined;
  run.onProgress?.("trying one factor on all weights");
  const held = SCALED_COPIES * [...weights.values()].reduce((n, t) => n + bytesOf(t), 0);
  const measurer = measurerOf({ ...profileAlone(run), held }, { keep: true });
  const judgeWith = async (ln: number, replicates: readonly Replicate[]): Promise<readonly JudgedChain[] | "non-finite"> => {
    const scaled = new Map([...weights].map(([name, t]) => [name, times(t, Math.exp(ln))]));
    const { measurements } = await measurer.measure(replicates.map((r) => ({ ...r, weights: scaled })));
    const measured = checkReadings(run.bound, run.structure, measurements);
    if (firstBadBatch(measured) !== -1) return "non-finite";
    return judgeChains({ ...seen.joined, measured, mixing: seen.mixing });
  };
  try {
    const all = replicatesOf(run);
    const layers = ill.blocks.reduce((n, b) => n + b.weights.length, 0);
    let tried: Trial[] = [{ ln: 0, spread: signed(ill.verdict), verdict: gravest(chains).verdict.decision }];
    for (let k = all.length === 1 ? 0 : 1; k < RUNS; k++) {
      const ln = nextOf(tried, layers);
      if (ln === undefined) break;
      // One batch shows the way; the last word has as many as the verdict itself.
      const quick = await judgeWith(ln, all.slice(0, 1));
      tried = [...tried, trialOf(ln, quick, chains.indexOf(ill))];
      const last = tried[tried.length - 1]!;
      if (last.verdict === "healthy" || Math.abs(last.spread) < FLAT) break;
    }
    const own = tried.slice(1);
    if (own.length === 0) return undefined;
    const best = own.find((t) => t.verdict === "healthy") ?? own.reduce((a, b) => (Math.abs(b.spread) < Math.abs(a.spread) ? b : a));
    const { verdict } = all.length === 1 ? best : trialOf(best.ln, await judgeWith(best.ln, all), chains.indexOf(ill));
    return { factor: Math.exp(best.ln), verdict };
  } catch (error) {
    // The weights are held twice for it: where that is too much, no factor is tried.
    if (error instanceof IsogradError && error.code === "memory/limit") return "no-memory";
    throw error;
  } finally {
    await measurer.dispose();
  }
}

/** What a factor gave: its logarithm, ln of how far the gradient grows towards the input (negative where it falls), the verdict. */
interface Trial {
  readonly ln: number;
  readonly spread: number;
  readonly verdict: Decision;
}

const trialOf = (ln: number, chains: readonly JudgedChain[] | "non-finite", at: number): Trial =>
  chains === "non-finite"
    ? { ln, spread: ln > 0 ? Infinity : -Infinity, verdict: "non-finite" }
    : { ln, spread: signed(chains[at]!.verdict), verdict: gravest(chains).verdict.decision };

/** Returns the larger of rise and fall, the fall as a negative number. */
const signed = ({ rise, fall }: Verdict): number => (rise.value >= fall.value ? rise.value : -fall.value);

/** Returns the logarithm of the next factor to try; undefined where another one will not help. */
function nextOf(tried: readonly Trial[], layers: number): number | undefined {
  const [before, last] = [tried[tried.length - 2], tried[tried.length - 1]!];
  const clamped = (ln: number): number => Math.min(FARTHEST, Math.max(-FARTHEST, ln));
  if (before === undefined) return clamped(-last.spread / Math.max(1, layers));
  // Out of the range of floats: halfway back.
  if (!Number.isFinite(last.spread)) return (last.ln + before.ln) / 2;
  const moved = last.spread - before.spread;
  if (Math.abs(moved) < IDLE * Math.abs(before.spread)) return undefined;
  const next = clamped(last.ln - (last.spread * (last.ln - before.ln)) / moved);
  return tried.some((t) => Math.abs(t.ln - next) < 1e-3) ? undefined : next;
}

/** Returns the stored matrices and kernels of a chain's layers, by name, whether a file cuts them up and joins them anew (the gates of a GRU) or not. */
function weightsOf(graph: Graph, chain: JudgedChain): ReadonlyMap<string, Tensor> {
  const makers = producers(graph);
  const found = new Map<string, Tensor>();
  const seen = new Set<string>();
  const stack = chain.blocks.flatMap((b) => b.weights);
  while (stack.length > 0) {
    const v = stack.pop()!;
    if (seen.has(v)) continue;
    seen.add(v);
    // What a file holds as a Constant was built into the graph, and is not exchanged from run to run.
    const stored = graph.constants.has(v) ? undefined : graph.initializers.get(v);
    if (stored !== undefined) found.set(v, stored);
    const n = makers.get(v);
    if (n === undefined) continue;
    const { moves, casts, concatenates, splits } = traitsOf(n);
    if (concatenates) stack.push(...n.inputs.filter((i) => i !== ""));
    else if (moves !== undefined || casts || splits) stack.push(n.inputs[0]!);
  }
  return found;
}

const times = (t: Tensor, factor: number): Tensor => {
  const data = t.data.slice();
  for (let i = 0; i < data.length; i++) data[i] = data[i]! * factor;
  return { ...t, data };
};
