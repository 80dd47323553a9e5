import { checkLabels, feedsFor } from "../../data/batch.js";
import { drawInputs } from "../../data/drawn-inputs.js";
import type { Graph, Model } from "../../graph/graph.js";
import type { NonFinite } from "../../probe/first-non-finite.js";
import { measure } from "../../probe/measure.js";
import type { Measured } from "../../probe/measure.js";
import type { BatchNorm } from "../../passes/batch-norms.js";
import { examplesMix } from "../../probe/mixing.js";
import { INTERVAL_BATCHES } from "../../probe/profile.js";
import { joinedTrunks } from "../../structure/joined-trunks.js";
import type { JoinedTrunks } from "../../structure/joined-trunks.js";
import { shutBlocks } from "../../structure/shut-blocks.js";
import { trunksOf } from "../../structure/trunks.js";
import type { Trunks } from "../../structure/trunks.js";
import { openedHead } from "./zero-head.js";
import type { OpenedHead } from "./zero-head.js";
import { cureOf } from "./cure.js";
import type { Cure } from "./cure.js";
import { badOutputs, badResults, endsBadly, firstBadBatch } from "./bad-results.js";
import { firstTrained } from "./first-trained.js";
import { curvatureOf, nonFiniteOf } from "./follow-up.js";
import type { CheckOptions } from "./options.js";
import { seenOutputs } from "./outputs.js";
import type { SeenOutputs } from "./outputs.js";
import { redrawnBatch } from "../../data/redrawn-batch.js";
import type { MeasureRun } from "../../probe/measure.js";
import { judgeChains } from "../../verdict/chains.js";
import type { JudgedChain } from "../../verdict/chains.js";
import { isUncertain } from "../../verdict/judge.js";
import { examplesOf, measureRunOf, prepare, profileAlone } from "./prepare.js";
import type { Prepared } from "./prepare.js";

/**
 * All that a check-up sees of a network: its record rests on this alone. Chains are judged here, once, since what is tried depends on them. The first value that is not finite stands beside the readings, for
 * it comes with its op and the ranges of its operands; so does the curvature, which is of the loss and of no place.
 */
export interface Observed {
  readonly prepared: Prepared;
  readonly found: Trunks;
  /** The trunks as they were measured. */
  readonly joined: JoinedTrunks;
  /** Number of examples in a batch. */
  readonly examples: number;
  /** Whether examples influence each other; undefined with one example. */
  readonly mixing: boolean | undefined;
  readonly measured: Measured;
  /** The results that are not finite, in words: the loss, outputs, gradients. */
  readonly results: readonly string[];
  /** What was seen of the outputs. */
  readonly outputs: SeenOutputs;
  /** The profile with a head that is drawn, where the network's own starts at zero and keeps every gradient back. */
  readonly opened: OpenedHead | undefined;
  /** The network on other batches, drawn like the one that was given, where its verdict depends on how much batches of this size scatter. */
  readonly others: Measured | undefined;
  /** The verdict on every chain, before one factor on all weights softens any. */
  readonly chains: readonly JudgedChain[];
  /** One factor on all weights of an ill chain, and what becomes of the verdict. */
  readonly cure: Cure | "no-memory" | undefined;
  /** The first value that is not finite, where there is one. */
  readonly nonFinite: NonFinite | undefined;
  /** The bound graph that it lies in. */
  readonly nonFiniteIn: Graph;
  /** Largest Hessian eigenvalue, when a learning rate was given. */
  readonly lambdaMax: number | undefined;
  /** The network with its norms in the mode of the file, where that is another one. */
  readonly stored: Stored | undefined;
}

/** So many independent examples make an interval of use. */
const ENOUGH = 8;

/** A network and what was measured of it. */
interface Look extends Pick<Observed, "prepared" | "found" | "joined" | "examples" | "mixing" | "measured"> {
  readonly run: MeasureRun;
}

/** What a stored network's verdict rests on. */
export type Stored = Pick<Look, "joined" | "mixing" | "measured">;

type Options = CheckOptions & { onProgress(what: string): void };

/**
 * Runs a network for a check-up, its norms with the statistics of the batch: on eight drawn batches where examples influence each other, on others like the
 * one given where a verdict without replicates is near a threshold, with one factor on all weights where a chain is ill, and once more to find the first
 * value that is not finite. Where norms of the file are in inference mode it is measured as stored, too. Errors: those of `check`.
 */
export async function observe(model: Model, options: Options): Promise<Observed> {
  const { learningRate } = options;
  const prepared = prepare(model, { ...options, trainNorm: options.trainNorm ?? true });
  const { run, ...look } = await lookAt(prepared, options);
  const { joined, mixing, measured } = look;
  if (measured.classes !== undefined) for (const labels of prepared.labels ?? []) checkLabels(labels, measured.classes);
  const bad = firstBadBatch(measured);
  const trained = new Set(prepared.parameters.map((p) => p.name));
  const about = { examples: look.examples, trained, independent: mixing === false };
  const nonFinite = bad === -1 ? undefined : await nonFiniteOf(run, bad, measured.rescaled, about);
  const { loss, gradients } = nonFinite?.reaches === false ? { loss: [], gradients: [] } : badResults(measured);
  const isLost = loss.length + gradients.length > 0;
  const outputs = await seenOutputs(model, prepared, run, options, { suspect: loss.length === 0 && endsBadly(measured), ...about });
  const opened = await openedHead(run, joined.trunks[0]!, measured);
  const judging = { ...joined, measured: opened?.measured ?? measured, mixing, mend: !isLost };
  const alone = judgeChains(judging);
  const others = opened || bad !== -1 ? undefined : await redrawn(run, mixing, alone);
  const chains = others ? judgeChains({ ...judging, others }) : alone;
  const cure = opened || bad !== -1 ? undefined : await cureOf(run, look, chains);
  const lambdaMax = learningRate === undefined || !prepared.loss ? undefined : await curvatureOf(run, prepared.loss);
  const changed = prepared.bound.batchNorms.some((n) => n.training && !n.trainingInFile);
  const stored = changed ? await asStored(model, options) : undefined;
  const results = [...loss, ...badOutputs(model, outputs.broken), ...gradients];
  // What reaches the loss or a gradient comes before what reaches an output only, and that before what reaches nothing.
  const isOutputs = nonFinite?.reaches !== true && outputs.cause !== undefined;
  const first = isOutputs ? outputs.cause.first : nonFinite;
  const nonFiniteIn = isOutputs ? outputs.cause.graph : prepared.bound.graph;
  return { ...look, results, outputs, opened, others, chains, cure, nonFinite: first, nonFiniteIn, lambdaMax, stored };
}

/** Finds the structure of a prepared network and measures it, all there is or (`light`) the profile alone. */
async function lookAt(prepared: Prepared, options: Options, light = false): Promise<Look> {
  const { runtime, seed = 0, memoryLimit = Infinity, onProgress } = options;
  const { bound, target } = prepared;
  onProgress("finding the structure");
  const found = trunksOf(bound, target);
  // What a file has no gradient of, though training has, is no more judged than what is frozen.
  const lost = new Set(prepared.straight?.parameters);
  const trained = prepared.parameters.filter((p) => p.reaches && !lost.has(p.name)).map((p) => p.name);
  const from = firstTrained(bound.graph, found.trunks, trained, (options.frozen ?? []).length > 0 || lost.size > 0);
  const whole = joinedTrunks(found.trunks, bound.graph);
  const blocks = whole.trunks.flatMap((t) => t.blocks);
  const joined = { ...whole, ...(from && { from }), shut: shutBlocks(bound.graph, blocks, prepared.parameters) };
  const { structure } = joined;
  const [batch] = prepared.batches;
  const examples = examplesOf(bound, batch!);
  const mixing = await examplesMix(bound, structure, examples, feedsFor(bound.graph, batch!), { runtime, memoryLimit });
  const batches = [...prepared.batches];
  // Where each example is no replicate, batches are: of drawn inputs there are as many as it takes. Of a few examples an interval is too wide to tell anything.
  const enough = mixing === false ? Math.ceil(ENOUGH / examples) : INTERVAL_BATCHES;
  if (prepared.drawn) for (let i = 1; i < enough; i++) batches.push(drawInputs(bound.graph, seed + i).tensors);
  const all = measureRunOf({ ...prepared, batches }, structure, examples, options);
  const run = light ? profileAlone(all) : all;
  return { prepared, found, joined, examples, mixing, measured: await measure(run), run };
}

/** Measures the profile of a network with its norms in the mode of the file. */
async function asStored(model: Model, options: Options): Promise<Stored> {
  options.onProgress("the norms as the file has them");
  const { joined, mixing, measured } = await lookAt(prepare(model, { ...options, trainNorm: false }), options, true);
  return { joined, mixing, measured };
}

/**
 * Measures the network on batches drawn like the one that was given, where that is the only replicate and lies near a threshold; undefined elsewhere. Only the
 * profile is measured.
 */
async function redrawn(run: MeasureRun, mixing: boolean | undefined, chains: readonly JudgedChain[]): Promise<Measured | undefined> {
  if (run.batches.length >= INTERVAL_BATCHES || mixing === false) return undefined;
  const size = { examples: run.request.examples, values: fewestValues(run.bound.batchNorms) };
  if (!chains.some((c) => c.blocks.length > 0 && isUncertain(c.verdict, c.overTime, size))) return undefined;
  run.onProgress?.("drawing batches like the one given, to see how much they scatter");
  const drawn = Array.from({ length: INTERVAL_BATCHES }, (_, i) => redrawnBatch(run.batches[0]!, run.labels?.[0], run.seed + i + 1));
  const labels = drawn.flatMap((d) => d.answers ?? []);
  return measure({ ...profileAlone(run), batches: drawn.map((d) => d.inputs), ...(labels.length > 0 ? { labels } : {}) });
}

/** Returns the fewest values that a norm over the batch averages for one channel; undefined where none runs over the batch. */
function fewestValues(norms: readonly BatchNorm[]): number | undefined {
  const values = norms.flatMap((n) => (n.training ? [n.values] : []));
  return values.length === 0 ? undefined : Math.min(...values);
}
