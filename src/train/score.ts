import { appendLoss, appendLossOnLogits } from "../autodiff/loss.js";
import type { Graph, Model } from "../graph/graph.js";
import { accuracy } from "../nn/accuracy.js";
import { newBuilder } from "../ops/registry.js";
import { bind } from "../passes/bind.js";
import { inInference } from "../passes/inference.js";
import { withoutDeadCode } from "../passes/order.js";
import { lossFrom, shapesOf } from "./trainee.js";
import type { Task } from "./trainee.js";

/** The graph that tells how good a network is on a batch, as it is used after training. */
export interface ScoreGraph {
  readonly graph: Graph;
  readonly labelsInput?: string;
  /** Names of the outputs: `loss`, and `accuracy` where there are classes. */
  readonly outputs: ReadonlyMap<string, string>;
}

/** Builds a network's loss, and its accuracy where there are classes, with running statistics and without masks. Errors as of {@link trainee}. */
export function scoreGraph(model: Model, task: Task): ScoreGraph {
  const from = lossFrom(model, task);
  const { dropoutSeed: _, drawEachStep: _each, ...binding } = task.binding;
  const bound = bind(inInference(model), { ...binding, shapes: shapesOf(task.inputs), outputs: [from] });
  const b = newBuilder(bound.graph);
  b.outputs.length = 0;
  const request = { loss: task.loss, output: from, ...(task.answers === undefined ? {} : { labels: task.answers }) };
  const end = (task.inferred ? appendLossOnLogits : appendLoss)(b, bound, request);
  const outputs = new Map([["loss", end.loss]]);
  if (end.classes !== undefined) outputs.set("accuracy", accuracy(b, end.from, end.labelsInput!));
  b.outputs.push(...outputs.values());
  return {
    graph: withoutDeadCode(b.build(bound.graph.name)),
    outputs,
    ...(end.labelsInput === undefined ? {} : { labelsInput: end.labelsInput }),
  };
}
