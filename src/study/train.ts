import { verifyGraph } from "../passes/verify.js";
import { feedsFor } from "../data/batch.js";
import { networkSite } from "../graph/site.js";
import type { Model } from "../graph/graph.js";
import { refuseTooLarge } from "../passes/memory.js";
import { Readings } from "../probe/readings.js";
import { readingLinesSince, readingsFromLines } from "../probe/readings-lines.js";
import { cancellable } from "../runtime/cancellable.js";
import type { Stepper } from "../runtime/runtime.js";
import { runSteps } from "../train/run.js";
import type { Failure } from "../train/run.js";
import { openScoring, scoringOf } from "../train/scoring.js";
import type { Score, Scorer } from "../train/scoring.js";
import { single } from "../train/several.js";
import { lossFrom } from "../train/trainee.js";
import { watchOf } from "../train/watch.js";
import type { Watch } from "../train/watch.js";
import { timeLeft } from "../util/time-left.js";
import { roughCount, count, number, percent } from "../util/format.js";
import { requireModel, requireRuntime } from "./given.js";
import { progressOf } from "./network-options.js";
import { requireOptions } from "./option-fields.js";
import { divergedOf } from "./train/failed.js";
import { endFiles, failureFiles } from "./train/finish.js";
import { identityOf } from "./train/identity.js";
import { TRAIN_FIELDS } from "./train/options.js";
import type { TrainOptions } from "./train/options.js";
import { learnedAt, overfitOf } from "./train/overfit.js";
import { prepare } from "./train/prepare.js";
import type { Prepared } from "./train/prepare.js";
import { momentsOf, stopsOf } from "./train/stops.js";
import { recordOf } from "./train/compose.js";
import type { TrainRecord } from "./train-record.js";

export type { TrainOptions } from "./train/options.js";

/** How many times the gradient at every depth is measured by default. */
const PROFILES = 20;

/**
 * Trains a network on data, with its gradient watched at every depth, and stops at the first value that is not finite. Errors: those of binding, of the data
 * (`data/…`, `batch/…`), of the loss, of the recipe (`usage/option`), `memory/limit`, `runtime/…`, `run/…`, `file/…`.
 */
export async function train(model: Model, options: TrainOptions): Promise<TrainRecord> {
  requireModel(model, "train");
  requireRuntime(options.runtime, "train");
  requireOptions("train", options, TRAIN_FIELDS);
  const began = performance.now();
  const tell = progressOf(options);
  const runtime = cancellable(options.runtime, options.signal);
  tell("working the run out");
  const prepared = prepare(model, options);
  const { trainee, recipe, data } = prepared;
  verifyGraph(trainee.step.graph);
  refuseTooLarge(trainee.step.graph, options.memoryLimit ?? Infinity, runtime.peakBytes);
  const { keeper } = options;
  const checkpoint = await keeper?.begin(await identityOf(prepared, options));
  try {
    tell("preparing");
    const stepper = await runtime.stepper(trainee.step.graph, trainee.step.carry);
    let scorer: Scorer | undefined;
    let watch: OpenWatch | undefined;
    try {
      if (checkpoint) await stepper.restore(checkpoint.state);
      const readings = checkpoint ? readingsFromLines(checkpoint.lines) : new Readings([networkSite]);
      if (readings.sites.length === 0) readings.addSite(networkSite);
      const lines = readingLinesSince(readings, checkpoint ? { sites: readings.sites.length, readings: readings.length } : undefined);
      const start = checkpoint?.step ?? 0;
      const profiles = momentsOf(recipe.steps, options.profiles ?? PROFILES);
      const scoring = data.validation ? scoringOf(prepared, data.validation, scoredAtOnce(prepared)) : [];
      // A file with a fixed number of examples may leave none to score by.
      if (scoring.length > 0) scorer = await openScoring(scoring, stepper, 1, (made) => single(made.graph));
      if (profiles.length > 0) watch = await openWatch(prepared, stepper);
      const run = { prepared, stepper, scorer, watch, readings, lines, options, start, profiles };
      const failure = await stepsOf(run);
      options.interrupt?.throwIfAborted();
      tell("keeping the weights");
      const state = failure?.before ?? (await stepper.snapshot());
      if (!failure) await keeper?.files(endFiles(prepared.model, state));
      else await keeper?.files(failureFiles(prepared.model, failure, trainee));
      if (failure) tell(`finding out why step ${failure.step} failed`);
      const diverged = failure ? await divergedOf(prepared.model, failure, prepared, options, runtime) : null;
      return recordOf({
        prepared,
        readings,
        watch: watch?.watch,
        diverged,
        overfit: options.overfit === undefined || failure ? null : overfitOf(readings, prepared),
        seconds: (performance.now() - began) / 1000,
        parameters: trainee.parameters,
      });
    } finally {
      await scorer?.dispose();
      await watch?.dispose();
      await stepper.dispose();
    }
  } finally {
    await keeper?.close();
  }
}

/** Validation examples that are scored at a time: as many as are trained on, within bounds. */
const scoredAtOnce = ({ order }: Prepared): number => Math.min(Math.max(order.batch, 64), 256);

interface OpenWatch {
  readonly watch: Watch;
  run: Awaited<ReturnType<Stepper["beside"]>>["run"];
  dispose(): Promise<void>;
}

async function openWatch({ trainee, task, order, model }: Prepared, stepper: Stepper): Promise<OpenWatch> {
  const watch = watchOf(trainee.bound, {
    loss: task.loss,
    from: trainee.output,
    output: lossFrom(model, task),
    answers: task.answers,
    examples: order.batch,
    setAside: new Set(trainee.setAside.map((s) => s.name)),
  });
  verifyGraph(watch.graph);
  const opened = await stepper.beside(watch.graph);
  return { watch, run: (feeds) => opened.run(feeds), dispose: () => opened.dispose() };
}

interface Running {
  readonly prepared: Prepared;
  readonly stepper: Stepper;
  readonly scorer: Scorer | undefined;
  readonly watch: OpenWatch | undefined;
  readonly readings: Readings;
  readonly lines: () => Iterable<string>;
  readonly options: TrainOptions;
  readonly start: number;
  readonly profiles: readonly number[];
}

/** Makes the steps of a run, and puts what happens into readings. */
async function stepsOf({ prepared, stepper, scorer, watch, readings, lines, options, start, profiles }: Running): Promise<Failure | undefined> {
  const { trainee, recipe, feeder, order } = prepared;
  const { keeper, signal } = options;
  const tell = progressOf(options);
  const stops = stopsOf(recipe.steps, order.batches);
  const left = timeLeft();
  const began = performance.now();
  let last: Score | undefined;
  return runSteps(
    { trainee, recipe, feeder, order, stepper, start, profiles: watch ? profiles : [], stops, signal },
    {
      onSteps({ from, loss, rate, accuracy, clipShare }) {
        loss.forEach((v, i) => {
          const step = from + i;
          readings.add("loss", 0, v, { step });
          readings.add("learning-rate", 0, rate[i]!, { step });
          if (accuracy) readings.add("train-accuracy", 0, accuracy[i]!, { step });
          if (clipShare) readings.add("clip-share", 0, clipShare[i]!, { step });
        });
        keeper?.lines(lines());
        const step = from + loss.length;
        const examplesPerSecond = ((step - start) * order.batch) / ((performance.now() - began) / 1000);
        const now = loss[loss.length - 1]!;
        const score = last?.accuracy ?? null;
        tell(
          left(
            `step ${count(step)} of ${count(recipe.steps)}, loss ${number(now)}${score === null ? "" : `, accuracy ${percent(score)}`}, ${roughCount(Math.round(examplesPerSecond))} examples a second`,
            step - start,
            recipe.steps - start,
          ),
        );
        options.onSteps?.({ step, steps: recipe.steps, loss: now, accuracy: score, examplesPerSecond });
      },
      async watched(step, feeds, make) {
        const values = await watch!.run(feedsFor(watch!.watch.graph, feeds));
        const before = await stepper.snapshot();
        await make();
        const after = await stepper.snapshot();
        watch!.watch.read(values, { before, after }, readings, step);
      },
      async onStop(step) {
        if (scorer && (stops.includes(step) || options.interrupt?.aborted !== true)) {
          [last] = (await scorer.score()) as [Score];
          readings.add("validation-loss", 0, last.loss, { step });
          if (last.accuracy !== null) readings.add("accuracy", 0, last.accuracy, { step });
        }
        keeper?.lines(lines());
        await keeper?.checkpoint(step, await stepper.snapshot());
      },
      isOver: () => options.interrupt?.aborted === true || (options.overfit !== undefined && learnedAt(readings, prepared.classes) !== undefined),
    },
  );
}
