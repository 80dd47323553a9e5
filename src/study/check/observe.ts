import { checkLabels, feedsFor } from "../../data/batch.js";
import { drawInputs } from "../../data/drawn-inputs.js";
import type { Model } from "../../graph/graph.js";
import type { NonFinite } from "../../probe/first-non-finite.js";
import { measure } from "../../probe/measure.js";
import type { Measured } from "../../probe/measure.js";
import { examplesMix } from "../../probe/mixing.js";
import { INTERVAL_BATCHES } from "../../probe/profile.js";
import { joinedTrunks } from "../../structure/joined-trunks.js";
import type { JoinedTrunks } from "../../structure/joined-trunks.js";
import { trunksOf } from "../../structure/trunks.js";
import type { Trunks } from "../../structure/trunks.js";
import { cureOf } from "./cure.js";
import type { Cure } from "./cure.js";
import { curvatureOf, firstBadBatch, nonFiniteOf } from "./follow-up.js";
import type { CheckOptions } from "./options.js";
import { redrawnBatch } from "../../data/redrawn-batch.js";
import type { MeasureRun } from "../../probe/measure.js";
import { judgeChains } from "../../verdict/chains.js";
import { isUncertain } from "../../verdict/judge.js";
import { examplesOf, measureRunOf, prepare } from "./prepare.js";
import type { Prepared } from "./prepare.js";

/**
 * All that a check-up sees of a network: what is judged afterwards rests on this alone. The first value that is not finite stands beside the readings, for
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
  /** The network on other batches, drawn like the one that was given, where its verdict depends on how much batches of this size scatter. */
  readonly others: Measured | undefined;
  /** One factor on all weights of an ill chain, and what becomes of the verdict. */
  readonly cure: Cure | undefined;
  /** The first value that is not finite, where there is one. */
  readonly nonFinite: NonFinite | undefined;
  /** Largest Hessian eigenvalue, when a learning rate was given. */
  readonly lambdaMax: number | undefined;
}

/**
 * Runs a network for a check-up: on eight drawn batches where examples influence each other, and once more to find the first value that is not finite.
 * Errors: those of `check`.
 */
export async function observe(model: Model, options: CheckOptions & { onProgress(what: string): void }): Promise<Observed> {
  const { runtime, seed = 0, learningRate, onProgress } = options;
  const prepared = prepare(model, options);
  const { bound, loss, target } = prepared;
  onProgress("finding the structure");
  const found = trunksOf(bound, target);
  const joined = joinedTrunks(found.trunks);
  const { structure } = joined;
  const [batch] = prepared.batches;
  const examples = examplesOf(bound, batch!);
  const mixing = await examplesMix(bound, structure, examples, feedsFor(bound.graph, batch!), runtime);
  const batches = [...prepared.batches];
  // Where each example is no replicate, batches are: of drawn inputs there are as many as it takes.
  if (prepared.drawn && mixing !== false) for (let i = 1; i < INTERVAL_BATCHES; i++) batches.push(drawInputs(bound.graph, seed + i).tensors);
  const run = measureRunOf({ ...prepared, batches }, structure, examples, options);
  const measured = await measure(run);
  if (measured.classes !== undefined) for (const labels of prepared.labels ?? []) checkLabels(labels, measured.classes);
  const others = await redrawn(run, { found, joined, mixing, measured });
  const bad = firstBadBatch(measured);
  const judging = { trunks: found.trunks, starts: joined.starts, measured, others, mixing, mend: false };
  const cure = bad === -1 ? await cureOf(run, { found, joined, mixing }, judgeChains(judging)) : undefined;
  const nonFinite = bad === -1 ? undefined : await nonFiniteOf(run, bad, measured.rescaled);
  const lambdaMax = learningRate === undefined || !loss ? undefined : await curvatureOf(run, loss);
  return { prepared, found, joined, examples, mixing, measured, others, cure, nonFinite, lambdaMax };
}

/**
 * Measures the network on batches drawn like the one that was given, where that is the only replicate and lies near a threshold; undefined elsewhere. Only the
 * profile is measured.
 */
async function redrawn(run: MeasureRun, seen: Pick<Observed, "found" | "joined" | "mixing" | "measured">): Promise<Measured | undefined> {
  const { found, joined, mixing, measured } = seen;
  if (run.batches.length >= INTERVAL_BATCHES || mixing === false || firstBadBatch(measured) !== -1) return undefined;
  const chains = judgeChains({ trunks: found.trunks, starts: joined.starts, measured, mixing, mend: false });
  if (!chains.some((c) => c.blocks.length > 0 && isUncertain(c.verdict, c.overTime, run.request.examples))) return undefined;
  run.onProgress?.("drawing batches like the one given, to see how much they scatter");
  const drawn = Array.from({ length: INTERVAL_BATCHES }, (_, i) => redrawnBatch(run.batches[0]!, run.labels?.[0], run.seed + i + 1));
  const labels = drawn.flatMap((d) => d.answers ?? []);
  return measure({
    ...run,
    batches: drawn.map((d) => d.inputs),
    ...(labels.length > 0 ? { labels } : {}),
    request: { ...run.request, omit: ["parameters", "units"] },
  });
}
