import { checkLabels, feedsFor } from "../data/batch.js";
import { drawInputs } from "../data/drawn-inputs.js";
import type { Evidence } from "../doctor/evidence.js";
import { examine } from "../doctor/index.js";
import type { Model } from "../graph/graph.js";
import { measure } from "../probe/measure.js";
import { examplesMix } from "../probe/mixing.js";
import { INTERVAL_BATCHES, profilesOf } from "../probe/profile.js";
import { cancellable } from "../runtime/cancellable.js";
import { structureOf } from "../structure/structure.js";
import { judge } from "../verdict/judge.js";
import { stepper } from "./network-options.js";
import type { CheckRecord } from "./check-record.js";
import { composeRecord } from "./check/compose.js";
import { curvatureOf, hasNonFinite, nonFiniteOf } from "./check/follow-up.js";
import type { CheckOptions } from "./check/options.js";
import { examplesOf, measureRunOf, prepare } from "./check/prepare.js";
import { settingsOf } from "./check/settings.js";

export type { CheckOptions } from "./check/options.js";

/**
 * Checks a network: structure, measurement, verdict, findings. Errors: those of binding (`bind/…`, `op/unsupported`, `memory/limit`), of the batch
 * (`batch/…`), of the loss (`loss/…`, `autodiff/not-differentiable`) and of the runtime (`runtime/…`).
 */
export async function check(model: Model, given: CheckOptions): Promise<CheckRecord> {
  const start = performance.now();
  const onProgress = stepper(given);
  const options: CheckOptions = { ...given, runtime: cancellable(given.runtime, given.signal), onProgress };
  const { runtime, seed = 0, learningRate } = options;
  const prepared = prepare(model, options);
  const { bound, loss, target } = prepared;
  onProgress("finding the structure");
  const structure = structureOf(bound, target);
  const [batch] = prepared.batches;
  const examples = examplesOf(bound, batch!);
  const mixing = await examplesMix(bound, structure, examples, feedsFor(bound.graph, batch!), runtime);
  const batches = [...prepared.batches];
  if (prepared.drawn && mixing) for (let i = 1; i < INTERVAL_BATCHES; i++) batches.push(drawInputs(bound.graph, seed + i).tensors);
  const run = measureRunOf({ ...prepared, batches }, structure, examples, options);
  const measured = await measure(run);
  if (measured.classes !== undefined) for (const labels of prepared.labels ?? []) checkLabels(labels, measured.classes);
  onProgress("judging");
  const profiles = profilesOf(structure, measured.measurements, mixing);
  const verdict = judge(profiles);
  const evidence: Evidence = {
    bound,
    structure,
    measurements: measured.measurements,
    data: profiles,
    verdict,
    examples,
    mixing,
    zeroExamples: profiles.zeroExamples,
    nonFinite: hasNonFinite(measured) ? await nonFiniteOf(run) : undefined,
    curvature: learningRate === undefined || !loss ? undefined : { lambdaMax: await curvatureOf(run, loss), learningRate },
    lossScale: options.lossScale,
  };
  const settings = [
    ...prepared.choices,
    ...settingsOf({ options, loss, measured, mixing, batches: batches.length, zeroExamples: profiles.zeroExamples }),
  ];
  return composeRecord(evidence, profiles, examine(evidence), settings, (performance.now() - start) / 1000);
}
