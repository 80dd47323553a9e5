import { vmap } from "../autodiff/vmap.js";
import { tensor } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { refuseTooLarge } from "../passes/memory.js";
import { verifyGraph } from "../passes/verify.js";
import type { Runtime, Values } from "../runtime/runtime.js";
import type { Feeder } from "./feeder.js";
import type { Order } from "./order.js";
import type { ScoreGraph } from "./score.js";
import type { Trainee } from "./trainee.js";

/** One of the runs of a panel: they differ by their weights, their order of examples, and their rate. */
export interface PanelRun {
  readonly lr: number;
  readonly order: Order;
  /** Weights to begin with that are other ones than those of the network, by name. */
  readonly weights: Values;
}

/** Runs of one network that are made at once. */
export interface PanelTask {
  readonly trainee: Trainee;
  readonly feeder: Feeder;
  readonly runs: readonly PanelRun[];
  readonly steps: number;
  /** Scores all runs at the end on the same examples: the graph of one batch, and what each batch is fed. */
  readonly score?: { readonly made: ScoreGraph; readonly batches: readonly { readonly feeds: Values; readonly weight: number }[] } | undefined;
  readonly runtime: Runtime;
  readonly memoryLimit: number;
  readonly signal?: AbortSignal | undefined;
}

/** What one run of a panel gave. */
export interface PanelResult {
  /** The loss of every step, before it; NaN or infinite from the step on in which the run left the range of numbers. */
  readonly loss: readonly number[];
  /** Of the validation examples, after the last step; null where they were not scored, or there are no classes. */
  readonly validationLoss: number | null;
  readonly accuracy: number | null;
}

/** The most steps in one call, and the most bytes that it is fed. */
const CHUNK = { steps: 25, bytes: 2 ** 25 } as const;

/**
 * Trains several runs of a network in one graph, along an axis in front of everything that differs between them. A run that leaves the range of numbers goes on as it is: the others
 * do not see it. Errors: `op/unsupported` for a network that has an op without a rule for this, `memory/limit`, `runtime/…`.
 */
export async function runPanel(task: PanelTask): Promise<readonly PanelResult[]> {
  const { trainee, runs, steps, runtime } = task;
  const { graph, carry, rate, outputs } = trainee.step;
  const count = runs.length;
  const stacked = (name: string): Tensor => {
    const own = graph.initializers.get(name)!;
    const parts = runs.map((r) => r.weights.get(name)?.data ?? own.data);
    const data = new (own.data.constructor as new (n: number) => typeof own.data)(count * own.data.length);
    parts.forEach((part, i) => data.set(part, i * own.data.length));
    return { dtype: own.dtype, shape: [count, ...own.shape], data };
  };
  const state = new Map([...carry.keys()].map((name) => [name, stacked(name)]));
  const inputs = new Set(graph.inputs.map((i) => i.name).filter((name) => name !== trainee.step.step));
  const wanted = [outputs.get("loss")!, ...carry.values()];
  const made = vmap({ ...graph, outputs: wanted }, { runs: count, inputs, initializers: state });
  verifyGraph(made.graph);
  refuseTooLarge(made.graph, task.memoryLimit, runtime.peakBytes);
  const stepper = await runtime.stepper(made.graph, new Map([...carry].map(([name, next]) => [name, made.nameOf(next)])));
  try {
    const loss: number[][] = runs.map(() => []);
    const name = made.nameOf(outputs.get("loss")!);
    const most = Math.max(1, Math.min(CHUNK.steps, Math.floor(CHUNK.bytes / (task.feeder.bytes * count))));
    let pending: Promise<Values> | undefined;
    let pendingSteps = 0;
    const take = async (): Promise<void> => {
      if (!pending) return;
      const values = (await pending).get(name)!.data;
      for (let k = 0; k < pendingSteps; k++) for (let r = 0; r < count; r++) loss[r]!.push(values[k * count + r]!);
    };
    for (let step = 0; step < steps;) {
      task.signal?.throwIfAborted();
      const n = Math.min(most, steps - step);
      // Made while the steps before run in another thread.
      const feeds = feedsOf(task, step, n, rate);
      await take();
      pending = stepper.steps(n, feeds);
      pendingSteps = n;
      step += n;
    }
    await take();
    const scores = task.score ? await scored(task, task.score, stepper, count) : undefined;
    return runs.map((_, r) => ({ loss: loss[r]!, validationLoss: scores?.[r]!.loss ?? null, accuracy: scores?.[r]!.accuracy ?? null }));
  } finally {
    await stepper.dispose();
  }
}

/** What `count` steps are fed: [steps, runs, batch, …]. */
function feedsOf({ trainee, feeder, runs }: PanelTask, step: number, count: number, rate: string): Values {
  const { step: number, labelsInput, graph } = trainee.step;
  const { batch } = runs[0]!.order;
  const indices = new Int32Array(count * runs.length * batch);
  const own = runs.map((r) => r.order.indices(step, count));
  for (let k = 0; k < count; k++)
    own.forEach((list, r) => indices.set(list.subarray(k * batch, (k + 1) * batch), (k * runs.length + r) * batch));
  const epochs = (position: number): number => Math.floor((step + Math.floor(position / (runs.length * batch))) / runs[0]!.order.batches);
  const feeds = new Map(feeder.feeds(indices, [count, runs.length, batch], labelsInput, epochs));
  const rates = Float64Array.from({ length: count * runs.length }, (_, i) => runs[i % runs.length]!.lr);
  feeds.set(rate, tensor(graph.types.get(rate)!.dtype, [count, runs.length], rates));
  feeds.set(number, tensor("int64", [count], Float64Array.from({ length: count }, (_, i) => step + i)));
  const inputs = new Set(graph.inputs.map((i) => i.name));
  return new Map([...feeds].filter(([name]) => inputs.has(name)));
}

/** Scores all runs with the weights that they have. */
async function scored(
  { trainee }: PanelTask,
  { made, batches }: NonNullable<PanelTask["score"]>,
  stepper: Awaited<ReturnType<Runtime["stepper"]>>,
  runs: number,
): Promise<readonly { readonly loss: number; readonly accuracy: number | null }[]> {
  const carried = [...trainee.step.carry.keys()].filter((name) => made.graph.initializers.has(name));
  const several = (t: Tensor): Tensor => {
    const data = new (t.data.constructor as new (n: number) => typeof t.data)(runs * t.data.length);
    for (let r = 0; r < runs; r++) data.set(t.data, r * t.data.length);
    return { dtype: t.dtype, shape: [runs, ...t.shape], data };
  };
  const all = vmap(made.graph, { runs, inputs: new Set(), initializers: new Map(carried.map((name) => [name, several(made.graph.initializers.get(name)!)])) });
  verifyGraph(all.graph);
  const opened = await stepper.beside(all.graph);
  try {
    const total = batches.reduce((n, b) => n + b.weight, 0);
    const sums = Array.from({ length: runs }, () => ({ loss: 0, accuracy: made.outputs.has("accuracy") ? 0 : null }) as { loss: number; accuracy: number | null });
    for (const { feeds, weight } of batches) {
      const values = await opened.run(feeds);
      const read = (what: string): Tensor | undefined => values.get(all.nameOf(made.outputs.get(what) ?? ""));
      sums.forEach((sum, r) => {
        sum.loss += (weight / total) * read("loss")!.data[r]!;
        if (sum.accuracy !== null) sum.accuracy += (weight / total) * read("accuracy")!.data[r]!;
      });
    }
    return sums;
  } finally {
    await opened.dispose();
  }
}
