import { IsogradError } from "../util/errors.js";
import { canonicalJson } from "./canonical.js";
import type { Engine } from "./engine.js";
import type { MeasurementKind } from "./measurement.js";
import { familyOf, keyOf, kindOf, parseTrial, versionOf } from "./spec.js";
import type { TrialRequest, TrialSpec } from "./spec.js";
import type { Store } from "./store.js";

/** What a trial gave. */
export interface Outcome {
  readonly key: string;
  readonly spec: TrialSpec;
  /** As the measurement's kind has it: see {@link resultsOf}. */
  readonly result: unknown;
  /** `store`: it was there, or another process measured it; `engine`: it was measured now. */
  readonly from: "store" | "engine";
}

/** How far a run is. */
export interface RunProgress {
  readonly done: number;
  readonly total: number;
  /** How many of those done were found in the store. */
  readonly found: number;
  /** Estimated seconds to the end; undefined before anything was measured. */
  readonly secondsLeft: number | undefined;
}

/** How to run trials. */
export interface RunOptions {
  readonly engine: Engine;
  /** Without one, everything is measured and nothing kept. */
  readonly store?: Store;
  /** Called with every outcome as it comes in, in any order. */
  readonly onResult?: (outcome: Outcome) => void;
  readonly onProgress?: (progress: RunProgress) => void;
  /** Stops the run: trials in work are finished and kept, no other is begun, and the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** ms between two looks at trials that another process works on. */
const POLL = 100;

interface Task {
  readonly key: string;
  readonly spec: TrialSpec;
  /** Where in the list of specs it stands; the same trial may stand there more than once. */
  readonly places: number[];
}

/**
 * Runs trials: each is looked up in the store, else claimed there, measured by the engine and stored. The outcomes are in the order of the specs; the same
 * trial is measured once. A first failure ends the run when the trials in work are done. Errors: `spec/…`, `store/failed`, `trial/failed`, and what the
 * measurement refuses.
 */
export async function runTrials(specs: readonly TrialRequest[], options: RunOptions): Promise<readonly Outcome[]> {
  const run = new Run(await tasksOf(specs), specs.length, options);
  return run.toTheEnd();
}

async function tasksOf(specs: readonly TrialRequest[]): Promise<readonly Task[]> {
  const tasks = new Map<string, Task>();
  for (const [i, request] of specs.entries()) {
    const spec = parseTrial(request);
    const key = await keyOf(spec);
    const known = tasks.get(key);
    if (known) known.places.push(i);
    else tasks.set(key, { key, spec, places: [i] });
  }
  return [...tasks.values()];
}

class Run {
  readonly #outcomes: (Outcome | undefined)[];
  readonly #started = performance.now();
  /** Families that no lane has begun, in the order of the trials, and those that lanes work on. */
  readonly #families: Task[][] = [];
  readonly #lanes: (Task[] | undefined)[];
  /** Trials that another process works on. */
  #elsewhere: Task[] = [];
  #failure: { readonly error: unknown } | undefined;
  #done = 0;
  #found = 0;
  #measured = 0;

  constructor(
    private readonly tasks: readonly Task[],
    places: number,
    private readonly options: RunOptions,
  ) {
    this.#outcomes = new Array<Outcome | undefined>(places).fill(undefined);
    this.#lanes = Array.from({ length: options.engine.lanes }, () => undefined);
  }

  async toTheEnd(): Promise<readonly Outcome[]> {
    const families = new Map<string, Task[]>();
    for (const task of this.tasks) {
      if (await this.#find(task)) continue;
      const family = familyOf(task.spec);
      const list = families.get(family);
      if (list) list.push(task);
      else families.set(family, [task]);
    }
    this.#families.push(...families.values());
    await Promise.all(this.#lanes.map((_, lane) => this.#work(lane)));
    this.options.signal?.throwIfAborted();
    if (this.#failure) throw this.#failure.error;
    return this.#outcomes as readonly Outcome[];
  }

  get #over(): boolean {
    return this.#failure !== undefined || this.options.signal?.aborted === true;
  }

  async #work(lane: number): Promise<void> {
    while (!this.#over) {
      const task = this.#next(lane);
      try {
        if (task) await this.#attend(task, lane);
        else if (this.#elsewhere.length > 0) await this.#look();
        else return;
      } catch (error) {
        this.#failure ??= { error };
      }
    }
  }

  /** The lane's own family goes on; then a family that nobody has begun; then half of what the busiest lane has left. */
  #next(lane: number): Task | undefined {
    const own = this.#lanes[lane];
    if (own && own.length > 0) return own.shift();
    let family = this.#families.shift();
    if (!family) {
      const busiest = this.#lanes.reduce((a, b) => ((b?.length ?? 0) > (a?.length ?? 0) ? b : a), undefined);
      family = busiest && busiest.length > 1 ? busiest.splice(Math.ceil(busiest.length / 2)) : undefined;
    }
    this.#lanes[lane] = family;
    return family?.shift();
  }

  async #attend(task: Task, lane: number): Promise<void> {
    const { engine, store } = this.options;
    const claim = (await store?.claim(task.key)) ?? "mine";
    if (claim === "taken") {
      this.#elsewhere.push(task);
      return;
    }
    if (claim === "done") {
      if (!(await this.#find(task))) this.#families.push([task]);
      return;
    }
    let text: string;
    const start = performance.now();
    try {
      text = await engine.measure(task.spec, lane);
    } catch (error) {
      await store?.release(task.key);
      throw error instanceof IsogradError && error.at.length === 0 ? error.within(nameOf(task.spec)) : error;
    }
    const spec = canonicalJson({ spec: task.spec, version: versionOf(task.spec) });
    await store?.put({ key: task.key, spec, result: text, seconds: (performance.now() - start) / 1000 });
    this.#measured++;
    this.#settle(task, text, "engine");
  }

  /** Whether the trial's result was in the store; one that cannot be read is thrown away. */
  async #find(task: Task): Promise<boolean> {
    const { store } = this.options;
    const text = await store?.get(task.key);
    if (text === undefined) return false;
    const settled = this.#settle(task, text, "store");
    if (!settled) await store!.discard(task.key);
    return settled;
  }

  /** Waits a little, then tries again what another process was working on. */
  async #look(): Promise<void> {
    const tasks = this.#elsewhere;
    this.#elsewhere = [];
    await new Promise((resolve) => setTimeout(resolve, POLL));
    this.#families.push(...tasks.map((t) => [t]));
  }

  /** Takes a result in; false where it cannot be read, so that it is measured anew. */
  #settle(task: Task, text: string, from: Outcome["from"]): boolean {
    const result = kindOf(task.spec).result.safeParse(JSON.parse(text));
    if (!result.success) {
      if (from === "store") return false;
      throw new IsogradError("internal/bug", `the measurement "${task.spec.measure.name}" gave what its own schema refuses: ${result.error.message}`);
    }
    const outcome: Outcome = { key: task.key, spec: task.spec, result: result.data, from };
    for (const place of task.places) this.#outcomes[place] = outcome;
    this.#done += task.places.length;
    if (from === "store") this.#found += task.places.length;
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

/** What to call a trial in a message. */
const nameOf = (spec: TrialSpec): string => `${spec.net.arch}, seed ${spec.seed}`;

/** The results of outcomes of one kind of measurement, with their type. Error `spec/invalid` for another kind. */
export function resultsOf<R>(kind: MeasurementKind<never, R> | MeasurementKind<unknown, R>, outcomes: readonly Outcome[]): readonly R[] {
  return outcomes.map((o) => {
    if (o.spec.measure.name !== kind.name)
      throw new IsogradError("spec/invalid", `a trial measured "${o.spec.measure.name}", not "${kind.name}"`, { fix: "read it as what it measured" });
    return o.result as R;
  });
}
