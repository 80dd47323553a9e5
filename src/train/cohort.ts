import { vmap } from "../autodiff/vmap.js";
import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { refuseTooLarge } from "../passes/memory.js";
import { verifyGraph } from "../passes/verify.js";
import type { Runtime, Stepper, Values } from "../runtime/runtime.js";
import { IsogradError } from "../util/errors.js";
import type { Feeder } from "./feeder.js";
import { openScoring } from "./scoring.js";
import type { Scoring } from "./scoring.js";
import { single } from "./several.js";
import type { Several } from "./several.js";
import { stepFeeds } from "./step-feeds.js";
import type { FedRun } from "./step-feeds.js";
import type { Trainee } from "./trainee.js";

/** One of the runs of a cohort: they differ by their weights, their order of examples, and their rate. */
export interface CohortRun extends FedRun {
  /** Weights to begin with that are other ones than those of the network, by name. */
  readonly weights: Values;
}

/** The network of a cohort, on its data. */
export interface CohortTask {
  readonly trainee: Trainee;
  readonly feeder: Feeder;
  readonly steps: number;
  /** How all runs are scored at the end, on the same examples. */
  readonly scoring?: Scoring | undefined;
  readonly runtime: Runtime;
  readonly memoryLimit: number;
}

/** What one run of a cohort gave. */
export interface CohortResult {
  /** The loss of every step, before it; NaN or infinite from the step on in which the run left the range of numbers. */
  readonly loss: readonly number[];
  /** Of the validation examples, after the last step; null where they were not scored, or there are no classes. */
  readonly validationLoss: number | null;
  readonly accuracy: number | null;
}

/** Sessions that train `runs` runs of a network at once, any number of times. */
export interface Cohort {
  /** How many: one, where an op of the network has no rule for several. */
  readonly runs: number;
  /** Trains so many runs. One that leaves the range of numbers goes on as it is: the others do not see it. Errors `runtime/…`; the signal's reason. */
  train(runs: readonly CohortRun[], signal?: AbortSignal): Promise<readonly CohortResult[]>;
  dispose(): Promise<void>;
}

/** The most steps in one call, and the most bytes that it is fed. */
const CHUNK = { steps: 25, bytes: 2 ** 25 } as const;

/** Opens a cohort of at most `most` runs, along an axis in front of everything that differs between them. Errors: `memory/limit`, `runtime/…`. */
export async function openCohort(task: CohortTask, most: number): Promise<Cohort> {
  const { step } = task.trainee;
  const { graph, carry, outputs } = step;
  const wanted = { ...graph, outputs: [outputs.get("loss")!, ...carry.values()] };
  const inputs = new Set(graph.inputs.map((i) => i.name).filter((name) => name !== step.step));
  const several = (g: Graph, runs: number, over: ReadonlySet<string>): Several => {
    if (runs === 1) return single(g);
    const state = [...carry.keys()].filter((name) => g.initializers.has(name));
    return vmap(g, { runs, inputs: over, initializers: new Map(state.map((name) => [name, repeated(graph.initializers.get(name)!, runs)])) });
  };
  let runs = most;
  let made: Several;
  try {
    made = several(wanted, runs, inputs);
  } catch (error) {
    if (!(error instanceof IsogradError) || error.code !== "op/unsupported") throw error;
    runs = 1;
    made = several(wanted, runs, inputs);
  }
  verifyGraph(made.graph);
  refuseTooLarge(made.graph, task.memoryLimit, task.runtime.peakBytes);
  const stepper = await task.runtime.stepper(made.graph, new Map([...carry].map(([name, next]) => [name, made.nameOf(next)])));
  const scorer = task.scoring && (await openScoring(task.scoring, stepper, runs, (score) => several(score.graph, runs, new Set())));
  return {
    runs,
    async train(own, signal) {
      await stepper.restore(new Map([...carry.keys()].map((name) => [name, beginning(graph.initializers.get(name)!, name, own)])));
      const loss = await lossesOf(task, stepper, made.nameOf(outputs.get("loss")!), own, signal);
      const scores = await scorer?.score();
      return own.map((_, r) => ({ loss: loss[r]!, validationLoss: scores?.[r]!.loss ?? null, accuracy: scores?.[r]!.accuracy ?? null }));
    },
    async dispose() {
      await scorer?.dispose();
      await stepper.dispose();
    },
  };
}

/** The same tensor so many times, along an axis in front. */
function repeated(t: Tensor, times: number): Tensor {
  if (times === 1) return t;
  const data = new (t.data.constructor as new (n: number) => typeof t.data)(times * t.data.length);
  for (let i = 0; i < times; i++) data.set(t.data, i * t.data.length);
  return { dtype: t.dtype, shape: [times, ...t.shape], data };
}

/** A tensor of the state as all runs begin with it. */
function beginning(own: Tensor, name: string, runs: readonly CohortRun[]): Tensor {
  const all = repeated(own, runs.length);
  const data = all.data.slice();
  runs.forEach(({ weights }, i) => {
    const given = weights.get(name);
    if (given) data.set(given.data, i * own.data.length);
  });
  return { ...all, data };
}

/** Makes all steps, and returns the losses of each run. Batches are made while the steps before run. */
async function lossesOf(
  task: CohortTask,
  stepper: Stepper,
  name: string,
  runs: readonly CohortRun[],
  signal: AbortSignal | undefined,
): Promise<readonly (readonly number[])[]> {
  const loss: number[][] = runs.map(() => []);
  const most = Math.max(1, Math.min(CHUNK.steps, Math.floor(CHUNK.bytes / (task.feeder.bytes * runs.length))));
  let pending: { readonly values: Promise<Values>; readonly steps: number } | undefined;
  const take = async (): Promise<void> => {
    if (!pending) return;
    const { data } = (await pending.values).get(name)!;
    for (let k = 0; k < pending.steps; k++) for (let r = 0; r < runs.length; r++) loss[r]!.push(data[k * runs.length + r]!);
  };
  for (let step = 0; step < task.steps;) {
    const count = Math.min(most, task.steps - step);
    const feeds = stepFeeds({ ...task, runs, step, count, stacked: true });
    await take();
    signal?.throwIfAborted();
    pending = { values: stepper.steps(count, feeds), steps: count };
    step += count;
  }
  await take();
  return loss;
}
