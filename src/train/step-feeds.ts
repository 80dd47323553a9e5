import { feedsFor } from "../data/batch.js";
import { tensor } from "../graph/tensor.js";
import type { Values } from "../runtime/runtime.js";
import type { Feeder } from "./feeder.js";
import type { Order } from "./order.js";
import type { Trainee } from "./trainee.js";

/** A run, as far as it decides what a step is fed. */
export interface FedRun {
  /** The base rate. */
  readonly lr: number;
  readonly order: Order;
}

/** What steps are fed, and the axes in front of one step's own: [steps] where several are given at once, [runs] where several runs share a graph. */
export interface StepFeeds {
  readonly trainee: Trainee;
  readonly feeder: Feeder;
  readonly runs: readonly FedRun[];
  /** The first step, and how many. */
  readonly step: number;
  readonly count: number;
  /** Whether steps have an axis of their own; one step may have none. */
  readonly stacked: boolean;
}

/** Returns what steps are fed: examples [steps, runs, batch, …], rates [steps, runs], numbers of steps [steps], each without the axes that it does not have. */
export function stepFeeds({ trainee, feeder, runs, step, count, stacked }: StepFeeds): Values {
  const { step: number, rate, labelsInput, graph } = trainee.step;
  const { batch, batches } = runs[0]!.order;
  const steps = stacked ? [count] : [];
  const lead = runs.length === 1 ? steps : [...steps, runs.length];
  const indices = new Int32Array(count * runs.length * batch);
  runs.forEach(({ order }, r) => {
    const own = order.indices(step, count);
    for (let k = 0; k < count; k++) indices.set(own.subarray(k * batch, (k + 1) * batch), (k * runs.length + r) * batch);
  });
  const epochs = (position: number): number => Math.floor((step + Math.floor(position / (runs.length * batch))) / batches);
  const rates = Float64Array.from({ length: count * runs.length }, (_, i) => runs[i % runs.length]!.lr);
  const numbers = Float64Array.from({ length: count }, (_, i) => step + i);
  const feeds = new Map([
    ...feeder.feeds(indices, [...lead, batch], labelsInput, epochs),
    [rate, tensor(graph.types.get(rate)!.dtype, lead, rates)] as const,
    [number, tensor("int64", steps, numbers)] as const,
  ]);
  return feedsFor(graph, feeds);
}
