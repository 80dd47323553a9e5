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
import { curvatureOf, firstBadBatch, nonFiniteOf } from "./follow-up.js";
import type { CheckOptions } from "./options.js";
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
  if (prepared.drawn && mixing) for (let i = 1; i < INTERVAL_BATCHES; i++) batches.push(drawInputs(bound.graph, seed + i).tensors);
  const run = measureRunOf({ ...prepared, batches }, structure, examples, options);
  const measured = await measure(run);
  if (measured.classes !== undefined) for (const labels of prepared.labels ?? []) checkLabels(labels, measured.classes);
  const bad = firstBadBatch(measured);
  const nonFinite = bad === -1 ? undefined : await nonFiniteOf(run, bad, measured.rescaled);
  const lambdaMax = learningRate === undefined || !loss ? undefined : await curvatureOf(run, loss);
  return { prepared, found, joined, examples, mixing, measured, nonFinite, lambdaMax };
}
