import { lossOutput } from "../autodiff/loss.js";
import type { LossSpec } from "../autodiff/loss.js";
import { mainOutput } from "../graph/graph.js";
import type { Model } from "../graph/graph.js";
import type { ValueType } from "../graph/tensor.js";
import { stepGraph } from "../optim/step-graph.js";
import type { Rule, StepGraph } from "../optim/step-graph.js";
import { bind } from "../passes/bind.js";
import type { BindOptions, Bound } from "../passes/bind.js";
import { parametersOf } from "../passes/parameters.js";
import type { Parameter } from "../passes/parameters.js";
import { runningStatistics, withBatchStatistics } from "../passes/running-statistics.js";
import { setAsideOf } from "../passes/set-aside.js";
import type { SetAside } from "../passes/set-aside.js";

/** The loss that a network is trained by, and what it is given. */
export interface Task {
  readonly loss: LossSpec;
  /** Whether the loss follows from the data alone: a softmax at the end is then left out of it, and said. */
  readonly inferred: boolean;
  /** The output that the loss takes (default: the first of floats). */
  readonly output: string | undefined;
  /** Types of a batch: of the network's inputs by name, and of the labels or the target. */
  readonly inputs: ReadonlyMap<string, ValueType>;
  readonly answers: ValueType | undefined;
  readonly binding: BindOptions;
}

/** What of a network is trained, and how. */
export interface TraineeRequest extends Task {
  readonly trainable?: readonly string[] | undefined;
  readonly frozen?: readonly string[] | undefined;
  readonly rule: Rule;
}

/** A network that is ready to be trained: one step of it as a graph. */
export interface Trainee {
  readonly bound: Bound;
  readonly step: StepGraph;
  /** The value that the loss is computed from, by its name in the bound graph. */
  readonly output: string;
  /** All parameters, whether they are trained or not. */
  readonly parameters: readonly Parameter[];
  /** Tensors that are not trained, and why. */
  readonly setAside: readonly SetAside[];
}

/** Returns the name in the file of the value that the loss is computed from. */
export const lossFrom = (model: Model, { loss, output }: Pick<Task, "loss" | "output">): string =>
  loss.kind === "output" ? loss.name : (output ?? mainOutput(model));

/** Returns the shapes of the inputs of a batch, as `bind` takes them. */
export const shapesOf = (inputs: Task["inputs"]): Readonly<Record<string, readonly number[]>> =>
  Object.fromEntries([...inputs].map(([name, t]) => [name, t.shape]));

/**
 * Makes one step of training of a network: norms have the statistics of the batch, masks are drawn, and what is set aside stays as it is. Errors: those of
 * `bind`, of the loss and of differentiation.
 */
export function trainee(model: Model, request: TraineeRequest): Trainee {
  const from = lossFrom(model, request);
  const binding = { ...request.binding, shapes: shapesOf(request.inputs), trainNorm: true, outputs: [from] };
  const { bound, statistics } = runningStatistics(bind(withBatchStatistics(model), binding));
  const output = lossOutput(bound, from);
  const parameters = parametersOf(bound, output);
  const setAside = setAsideOf(bound, parameters, request);
  const step = stepGraph(bound, {
    loss: request.loss,
    ...(request.answers === undefined ? {} : { labels: request.answers }),
    output: from,
    onLogits: request.inferred,
    frozen: setAside.map((s) => s.name),
    carried: statistics,
    rule: request.rule,
  });
  return { bound, step, output, parameters, setAside };
}
