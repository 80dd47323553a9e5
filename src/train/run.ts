import type { Stepper, Values } from "../runtime/runtime.js";
import type { Feeder } from "./feeder.js";
import type { Order } from "./order.js";
import type { Recipe } from "./recipe.js";
import { stepFeeds } from "./step-feeds.js";
import type { Trainee } from "./trainee.js";

/** What a chunk of steps gave: one number for each step. */
export interface Steps {
  /** The number of the first step. */
  readonly from: number;
  readonly loss: readonly number[];
  readonly rate: readonly number[];
  readonly accuracy: readonly number[] | undefined;
  readonly clipShare: readonly number[] | undefined;
}

/** A step whose loss, or what it made of the state, is no finite number. */
export interface Failure {
  readonly step: number;
  readonly loss: number;
  /** The tensors of the state that the step made non-finite. */
  readonly broken: readonly string[];
  /** The state before the step: parameters, statistics and slots. */
  readonly before: Values;
  /** What the step was fed, and which examples these are. */
  readonly feeds: Values;
  readonly examples: Int32Array;
}

/** What happens between steps. All are called in order, and waited for. */
export interface Events {
  onSteps(steps: Steps): void;
  /** Before a step whose profile is wanted, and after it. */
  watched?(step: number, feeds: Values, make: () => Promise<void>): Promise<void>;
  /** When `step` steps have been made, where one of the stops lies. */
  onStop?(step: number): Promise<void>;
  /** Tells whether the run may end before its last step. */
  isOver?(): boolean;
}

/** A run of training that is ready to go on from some step. */
export interface RunTask {
  readonly trainee: Trainee;
  readonly recipe: Recipe;
  readonly feeder: Feeder;
  readonly order: Order;
  readonly stepper: Stepper;
  /** The step to begin with, from 0 on. */
  readonly start: number;
  /** Steps before which the profile is wanted, ascending. */
  readonly profiles: readonly number[];
  /** Numbers of made steps at which to stop: scores and checkpoints, ascending. */
  readonly stops: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds that a chunk of steps should take, the most steps in one, and the most bytes that it is fed. */
const CHUNK = { ms: 300, steps: 50, bytes: 2 ** 26 } as const;

/**
 * Makes the steps of a run, several at a time where nothing happens between them: the same bits however many. Batches are made while the steps before them
 * run. Returns the step that failed, or undefined where the run reached its end. Errors: `runtime/…`; the signal's reason.
 */
export async function runSteps(task: RunTask, events: Events): Promise<Failure | undefined> {
  const { trainee, recipe, stepper, signal } = task;
  const { outputs } = trainee.step;
  let most = 1;
  const countAt = (step: number): number => {
    if (task.profiles.includes(step)) return 1;
    const end = Math.min(recipe.steps, task.stops.find((s) => s > step) ?? Infinity, task.profiles.find((s) => s > step) ?? Infinity);
    return Math.min(end - step, most, Math.max(1, Math.floor(CHUNK.bytes / task.feeder.bytes)));
  };
  let step = task.start;
  let count = step < recipe.steps ? countAt(step) : 0;
  let feeds = count > 0 ? feedsOf(task, step, count) : undefined;
  while (feeds !== undefined) {
    signal?.throwIfAborted();
    const fed = feeds;
    const began = performance.now();
    let values: Values | undefined;
    let upcoming = 0;
    const make = async (): Promise<void> => {
      const running = count === 1 ? stepper.step(fed) : stepper.steps(count, fed);
      // Made while the steps run in another thread.
      const next = step + count;
      const following = next < recipe.steps ? countAt(next) : 0;
      const prepared = following > 0 ? feedsOf(task, next, following) : undefined;
      values = await running;
      feeds = prepared;
      upcoming = following;
    };
    if (events.watched && task.profiles.includes(step)) await events.watched(step, fed, make);
    else await make();
    const read = (what: string): readonly number[] | undefined => {
      const name = outputs.get(what);
      return name === undefined ? undefined : Array.from(values!.get(name)!.data);
    };
    const loss = read("loss")!;
    const bad = loss.findIndex((v) => !Number.isFinite(v));
    const broken = await stepper.nonFinite();
    const failure = bad >= 0 || broken.length > 0 ? await firstFailure(task, step, count) : undefined;
    const good = failure === undefined ? count : failure.step - step;
    const of = (list: readonly number[] | undefined): readonly number[] | undefined => list?.slice(0, good);
    if (good > 0)
      events.onSteps({
        from: step,
        loss: of(loss)!,
        rate: of(read("learning-rate"))!,
        accuracy: of(read("accuracy")),
        clipShare: of(read("clip-share")),
      });
    if (failure) return failure;
    const ms = performance.now() - began;
    step += count;
    const over = events.isOver?.() === true;
    if (over || task.stops.includes(step)) await events.onStop?.(step);
    if (over) return undefined;
    most = Math.max(1, Math.min(CHUNK.steps, Math.round((CHUNK.ms * count) / ms), 4 * most));
    count = upcoming;
  }
  return undefined;
}

/** Returns what `count` steps from `step` on are fed; of one step without an axis for steps. */
const feedsOf = ({ trainee, feeder, recipe, order }: RunTask, step: number, count: number): Values =>
  stepFeeds({ trainee, feeder, runs: [{ lr: recipe.lr, order }], step, count, stacked: count > 1 });

/** Makes the steps of a failed chunk once more, one by one, and returns the first that fails; the weights are then those before it. */
async function firstFailure(task: RunTask, from: number, count: number): Promise<Failure> {
  const { stepper, trainee, order } = task;
  await stepper.rewind();
  for (let step = from; ; step++) {
    const feeds = feedsOf(task, step, 1);
    const values = await stepper.step(feeds);
    const loss = values.get(trainee.step.outputs.get("loss")!)!.data[0]!;
    const broken = await stepper.nonFinite();
    // Of the last one it is known that it fails.
    if (Number.isFinite(loss) && broken.length === 0 && step < from + count - 1) continue;
    await stepper.rewind();
    return { step, loss, broken, before: await stepper.snapshot(), feeds, examples: order.indices(step, 1) };
  }
}
