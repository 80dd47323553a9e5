import { IsogradError } from "../util/errors.js";
import { canonicalJson } from "./canonical.js";
import type { Engine } from "./engine.js";
import type { MeasurementKind } from "./measurement.js";
import { familyOf, keyOf, kindOf, parseTrial, versionOf } from "./spec.js";
import type { TrialRequest, TrialSpec } from "./spec.js";
import type { Store } from "./store.js";

/** The result of a trial. */
export interface Outcome {
  readonly key: string;
  readonly spec: TrialSpec;
  /** The result in the type of the kind of measurement; {@link resultsOf} gives it. */
  readonly result: unknown;
  /** `store`: the result was in the store, or another process put it there; `engine`: it was measured in this run. */
  readonly from: "store" | "engine";
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
  readonly engine: Engine;
  /** Without a store everything is measured, and nothing kept. */
  readonly store?: Store;
  /** Called with every outcome as soon as it is known, in any order. */
  readonly onResult?: (outcome: Outcome) => void;
  readonly onProgress?: (progress: RunProgress) => void;
  /** Stops the run: trials that have begun are finished and kept, no other is begun, and the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Interval in ms at which trials that another process computes are looked up again. */
const POLL = 100;

/** One trial of a run. */
interface Task {
  readonly key: string;
  readonly spec: TrialSpec;
  /** Its indices in the list of specs, in which the same trial may occur more than once. */
  readonly indices: number[];
}

/**
 * Runs trials. Each is looked up in the store, or else reserved there, measured by the engine and stored. The outcomes are in the order of the specs; equal
 * trials are measured once. The first failure ends the run after the trials that have begun. Errors: `spec/…`, `store/failed`, `trial/failed`, and those of
 * the measurement.
 */
export async function runTrials(specs: readonly TrialRequest[], options: RunOptions): Promise<readonly Outcome[]> {
  const run = new Run(await tasksOf(specs), specs.length, options);
  return run.outcomes();
}

async function tasksOf(specs: readonly TrialRequest[]): Promise<readonly Task[]> {
  const tasks = new Map<string, Task>();
  for (const [i, request] of specs.entries()) {
    const spec = parseTrial(request);
    const key = await keyOf(spec);
    const known = tasks.get(key);
    if (known) known.indices.push(i);
    else tasks.set(key, { key, spec, indices: [i] });
  }
  return [...tasks.values()];
}

class Run {
  readonly #outcomes: (Outcome | undefined)[];
  readonly #started = performance.now();
  /** Families that no worker has begun, in the order of the trials, and what each worker has left of its family. */
  readonly #families: Task[][] = [];
  readonly #workers: (Task[] | undefined)[];
  /** Trials that another process computes. */
  #elsewhere: Task[] = [];
  #failure: { readonly error: unknown } | undefined;
  #done = 0;
  #found = 0;
  #measured = 0;

  constructor(
    private readonly tasks: readonly Task[],
    size: number,
    private readonly options: RunOptions,
  ) {
    this.#outcomes = new Array<Outcome | undefined>(size).fill(undefined);
    this.#workers = Array.from({ length: options.engine.workers }, () => undefined);
  }

  async outcomes(): Promise<readonly Outcome[]> {
    const families = new Map<string, Task[]>();
    for (const task of this.tasks) {
      if (await this.#find(task)) continue;
      const family = familyOf(task.spec);
      const list = families.get(family);
      if (list) list.push(task);
      else families.set(family, [task]);
    }
    this.#families.push(...families.values());
    await Promise.all(this.#workers.map((_, worker) => this.#work(worker)));
    this.options.signal?.throwIfAborted();
    if (this.#failure) throw this.#failure.error;
    return this.#outcomes as readonly Outcome[];
  }

  get #stopped(): boolean {
    return this.#failure !== undefined || this.options.signal?.aborted === true;
  }

  async #work(worker: number): Promise<void> {
    while (!this.#stopped) {
      const task = this.#next(worker);
      try {
        if (task) await this.#compute(task, worker);
        else if (this.#elsewhere.length > 0) await this.#retryElsewhere();
        else return;
      } catch (error) {
        this.#failure ??= { error };
      }
    }
  }

  /** The next trial for a worker: of its own family, else of a family that has not begun, else of half of what the busiest worker has left. */
  #next(worker: number): Task | undefined {
    const own = this.#workers[worker];
    if (own && own.length > 0) return own.shift();
    let family = this.#families.shift();
    if (!family) {
      const busiest = this.#workers.reduce((a, b) => ((b?.length ?? 0) > (a?.length ?? 0) ? b : a), undefined);
      family = busiest && busiest.length > 1 ? busiest.splice(Math.ceil(busiest.length / 2)) : undefined;
    }
    this.#workers[worker] = family;
    return family?.shift();
  }

  /** Reserves a trial, measures it and stores the result; or takes the result of another process. */
  async #compute(task: Task, worker: number): Promise<void> {
    const { engine, store } = this.options;
    const reservation = (await store?.reserve(task.key)) ?? "mine";
    if (reservation === "taken") {
      this.#elsewhere.push(task);
      return;
    }
    if (reservation === "done") {
      if (!(await this.#find(task))) this.#families.push([task]);
      return;
    }
    let text: string;
    const start = performance.now();
    try {
      text = await engine.measure(task.spec, worker);
    } catch (error) {
      await store?.release(task.key);
      throw error instanceof IsogradError && error.at.length === 0 ? error.within(nameOf(task.spec)) : error;
    }
    const spec = canonicalJson({ spec: task.spec, version: versionOf(task.spec) });
    await store?.put({ key: task.key, spec, result: text, seconds: (performance.now() - start) / 1000 });
    this.#measured++;
    this.#settle(task, text, "engine");
  }

  /** Takes a trial's result from the store; false where there is none. A result that cannot be read is discarded. */
  async #find(task: Task): Promise<boolean> {
    const { store } = this.options;
    const text = await store?.get(task.key);
    if (text === undefined) return false;
    const settled = this.#settle(task, text, "store");
    if (!settled) await store!.discard(task.key);
    return settled;
  }

  /** Waits, then queues again the trials that another process was computing. */
  async #retryElsewhere(): Promise<void> {
    const tasks = this.#elsewhere;
    this.#elsewhere = [];
    await new Promise((resolve) => setTimeout(resolve, POLL));
    this.#families.push(...tasks.map((t) => [t]));
  }

  /** Records a result and reports the progress; false where a stored result cannot be read, so that it is measured anew. */
  #settle(task: Task, text: string, from: Outcome["from"]): boolean {
    const result = kindOf(task.spec).result.safeParse(JSON.parse(text));
    if (!result.success) {
      if (from === "store") return false;
      throw new IsogradError("internal/bug", `the measurement "${task.spec.measure.name}" gave what its own schema refuses: ${result.error.message}`);
    }
    const outcome: Outcome = { key: task.key, spec: task.spec, result: result.data, from };
    for (const i of task.indices) this.#outcomes[i] = outcome;
    this.#done += task.indices.length;
    if (from === "store") this.#found += task.indices.length;
    this.options.onResult?.(outcome);
    this.options.onProgress?.({ done: this.#done, total: this.#outcomes.length, found: this.#found, secondsLeft: this.#secondsLeft() });
    return true;
  }

  #secondsLeft(): number | undefined {
    if (this.#measured === 0) return undefined;
    const each = (performance.now() - this.#started) / 1000 / this.#measured;
    return each * (this.#outcomes.length - this.#done);
  }
}

/** The name of a trial in messages. */
const nameOf = (spec: TrialSpec): string => `${spec.net.arch}, seed ${spec.seed}`;

/** Returns the results of outcomes of one kind of measurement, with their type. Error `spec/invalid` for outcomes of another kind. */
export function resultsOf<R>(kind: MeasurementKind<never, R> | MeasurementKind<unknown, R>, outcomes: readonly Outcome[]): readonly R[] {
  return outcomes.map((o) => {
    if (o.spec.measure.name !== kind.name)
      throw new IsogradError("spec/invalid", `a trial measured "${o.spec.measure.name}", not "${kind.name}"`, { fix: "read it as what it measured" });
    return o.result as R;
  });
}
