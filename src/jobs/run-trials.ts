import type { MeasurementKind } from "../trial/measurement.js";
import { kindOf, parseTrial } from "../trial/spec.js";
import type { TrialRequest, TrialSpec } from "../trial/spec.js";
import { IsogradError } from "../util/errors.js";
import type { Job } from "./job.js";
import type { Queue } from "./queue.js";
import type { ResultStore } from "./result-store.js";
import { runJobs } from "./run-jobs.js";
import type { Source } from "./run-jobs.js";
import { trialJob } from "./trial-kind.js";

/** The result of a trial. */
export interface Outcome {
  readonly key: string;
  readonly spec: TrialSpec;
  /** The result in the type of the kind of measurement; {@link resultsOf} gives it. */
  readonly result: unknown;
  readonly from: Source;
}

/** The progress of a run, in trials. */
export interface RunProgress {
  readonly done: number;
  readonly total: number;
  /** Number of results that came from the store. */
  readonly found: number;
  /** Estimated time to the end in seconds; undefined before the first measurement. */
  readonly secondsLeft: number | undefined;
}

/** Options of a run. */
export interface RunOptions {
  readonly queue: Queue;
  /** Without a store everything is measured, and nothing kept. */
  readonly store?: ResultStore | undefined;
  /** Called with every outcome as soon as it is known, in any order. */
  readonly onResult?: ((outcome: Outcome) => void) | undefined;
  readonly onProgress?: ((progress: RunProgress) => void) | undefined;
  /** Stops the run: trials that have begun are finished and kept, no other is begun, and the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** One trial of a run. */
interface Task {
  readonly job: Job;
  readonly spec: TrialSpec;
  /** Its indices in the list of specs, in which the same trial may occur more than once. */
  readonly indices: number[];
}

/**
 * Runs trials. Each is looked up in the store, or else reserved there, measured by the queue and stored. The outcomes are in the order of the specs; equal
 * trials are measured once. The first failure ends the run after the trials that have begun. Errors: `spec/…`, `store/failed`, `trial/failed`, and those of
 * the measurement.
 */
export async function runTrials(
  specs: readonly TrialRequest[],
  { queue, store, onResult, onProgress, signal }: RunOptions,
): Promise<readonly Outcome[]> {
  const tasks = await tasksOf(specs);
  const outcomes = new Array<Outcome | undefined>(specs.length).fill(undefined);
  const started = performance.now();
  let [done, found, computed] = [0, 0, 0];
  const secondsLeft = (): number | undefined =>
    computed === 0 ? undefined : ((performance.now() - started) / 1000 / computed) * (specs.length - done);
  await runJobs<unknown>(
    [...tasks.values()].map((t) => t.job),
    {
      queue,
      store,
      signal,
      parse: ({ key }, text) => resultOf(tasks.get(key)!.spec, text),
      onResult: ({ key }, result, from) => {
        const { spec, indices } = tasks.get(key)!;
        const outcome: Outcome = { key, spec, result, from };
        for (const i of indices) outcomes[i] = outcome;
        done += indices.length;
        if (from === "store") found += indices.length;
        else computed++;
        onResult?.(outcome);
        onProgress?.({ done, total: specs.length, found, secondsLeft: secondsLeft() });
      },
    },
  );
  return outcomes as readonly Outcome[];
}

async function tasksOf(specs: readonly TrialRequest[]): Promise<ReadonlyMap<string, Task>> {
  const tasks = new Map<string, Task>();
  for (const [i, request] of specs.entries()) {
    const spec = parseTrial(request);
    const job = await trialJob(spec);
    const known = tasks.get(job.key);
    if (known) known.indices.push(i);
    else tasks.set(job.key, { job, spec, indices: [i] });
  }
  return tasks;
}

/** Reads a result by the schema of its measurement; undefined where it does not fit. */
function resultOf(spec: TrialSpec, text: string): unknown {
  const result = kindOf(spec).result.safeParse(JSON.parse(text));
  return result.success ? result.data : undefined;
}

/** Returns the results of outcomes of one kind of measurement, with their type. Error `spec/invalid` for outcomes of another kind. */
export function resultsOf<R>(kind: MeasurementKind<never, R> | MeasurementKind<unknown, R>, outcomes: readonly Outcome[]): readonly R[] {
  return outcomes.map((o) => {
    if (o.spec.measure.name !== kind.name)
      throw new IsogradError("spec/invalid", `a trial measured "${o.spec.measure.name}", not "${kind.name}"`, { fix: "read it as what it measured" });
    return o.result as R;
  });
}
