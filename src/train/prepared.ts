import type { LossSpec } from "../autodiff/loss.js";
import { augmented } from "../data/augment/index.js";
import type { DataSet, Examples } from "../data/data-set.js";
import { fitted } from "../data/fitted.js";
import type { Fitted } from "../data/fitted.js";
import { inspected } from "../data/inspected.js";
import { sliceOf } from "../data/parts.js";
import { standardise } from "../data/standardise.js";
import type { Standardised } from "../data/standardise.js";
import { refuseBeyondTables } from "../data/tokens.js";
import type { Model } from "../graph/graph.js";
import { isFloat } from "../graph/tensor.js";
import type { BindOptions } from "../passes/bind.js";
import { fixedBatch, withFreeBatch } from "../passes/free-batch.js";
import { defined } from "../util/defined.js";
import { IsogradError } from "../util/errors.js";
import { list, plural } from "../util/format.js";
import { feederOf } from "./feeder.js";
import type { Feeder } from "./feeder.js";
import { orderOf } from "./order.js";
import type { Order } from "./order.js";
import { recipeOf, ruleOf } from "./recipe.js";
import type { Recipe, RecipeOptions } from "./recipe.js";
import { lossFrom, trainee } from "./trainee.js";
import type { Task, Trainee } from "./trainee.js";

/** What is trained, on what, and how. */
export interface RunRequest extends RecipeOptions {
  readonly data: DataSet;
  /** Absent: cross-entropy with labels, mse with a target. */
  readonly loss?: LossSpec | undefined;
  readonly output?: string | undefined;
  /** How the network is bound, but for the shapes of its inputs. */
  readonly binding?: BindOptions;
  readonly trainable?: readonly string[] | undefined;
  readonly frozen?: readonly string[] | undefined;
  /** Trains on the first examples only, so many, to learn them by heart: more steps are made by default, and nothing is scored. */
  readonly overfit?: number | undefined;
}

/** A run of training that is worked out and not begun. */
export interface PreparedRun {
  /** The network, with an open number of examples where it allows that. */
  readonly model: Model;
  /** Standardised and augmented, as the recipe says. */
  readonly data: DataSet;
  /** By what the inputs were standardised, where that was asked for. */
  readonly standardised: Standardised | undefined;
  readonly recipe: Recipe;
  readonly task: Task;
  readonly columns: Fitted;
  readonly trainee: Trainee;
  readonly feeder: Feeder;
  readonly order: Order;
  readonly warnings: readonly string[];
  /** Number of classes; undefined where there are none. */
  readonly classes: number | undefined;
}

/** Works out how a network is trained: what it is fed, by which loss, in which steps. Errors: those of the data, of binding, of the loss and of the recipe. */
export function preparedRun(given: Model, request: RunRequest): PreparedRun {
  const standardised = request.standardise === true ? standardise(request.data) : undefined;
  const still = withFirst(standardised?.data ?? request.data, request.overfit);
  const loss = lossOf(request.loss, still.train);
  const from = lossFrom(given, { loss, output: request.output });
  const fixedInputs = new Set(Object.keys(request.binding?.set ?? {}));
  const names = given.graph.inputs.map((i) => i.name).filter((name) => !fixedInputs.has(name));
  const binding: BindOptions = { ...request.binding, dropoutSeed: request.seed ?? 1, drawEachStep: true };
  const { model, batch, said } = batchOf(given, names, { ...binding, outputs: [from] }, request, still.train.count);
  const recipe = recipeOf(request, still.train.count, batch);
  const data = augmented(still, recipe.augment, recipe.seed);
  const { train } = data;
  const fed = model.graph.inputs.filter((i) => names.includes(i.name));
  const columns = fitted(fed, train, data.name);
  const size = recipe.batchSize === "all" ? train.count : recipe.batchSize;
  const feeder = feederOf(train, columns, size, binding.dtype ?? floatOf(model));
  const task: Task = {
    loss,
    inferred: request.loss === undefined,
    output: request.output,
    inputs: feeder.inputs,
    answers: loss.kind === "cross-entropy" || loss.kind === "mse" ? feeder.answers : undefined,
    binding,
  };
  const made = trainee(model, { ...task, ...defined({ trainable: request.trainable, frozen: request.frozen }), rule: ruleOf(recipe) });
  if (made.step.trained.length === 0)
    throw new IsogradError("usage/option", "the network has nothing to train", {
      at: [model.name],
      fix: "name what is to be trained with --trainable",
    });
  refuseSpreadless(made, model.name);
  const { classes } = made.step;
  const own = inspected(still.train, classes, data.name);
  refuseBeyondTables(made.bound.graph, columns, train.count, data.name);
  if (data.validation) {
    // A class that no example to score by has is no fault.
    inspected(data.validation, classes, data.name);
    refuseBeyondTables(made.bound.graph, fitted(fed, data.validation, data.name), data.validation.count, data.name);
  }
  return {
    model,
    data,
    standardised,
    recipe,
    task,
    columns,
    trainee: made,
    feeder,
    order: orderOf(train.count, size, recipe.seed, recipe.batchSize === "all"),
    warnings: [...said, ...own.warnings, ...made.step.warnings, ...normWarnings(made)],
    classes,
  };
}

/** The first examples of the data, so many, and none to score by; all of it without a number. Error `usage/option`. */
function withFirst(data: DataSet, count: number | undefined): DataSet {
  if (count === undefined) return data;
  if (count > data.train.count)
    throw new IsogradError("usage/option", `--overfit ${count} is more than the ${plural(data.train.count, "example")} of the data`);
  return { ...data, train: sliceOf(data.train, 0, count), validation: undefined };
}

/** The element type of a network's numbers: float64 where all its weights are. */
const floatOf = ({ graph }: Model): "float32" | "float64" => {
  const floats = [...graph.initializers].flatMap(([name, t]) => (isFloat(t.dtype) && !graph.constants.has(name) ? [t.dtype] : []));
  return floats.length > 0 && floats.every((d) => d === "float64") ? "float64" : "float32";
};

/** The loss that was asked for, else the one that the data calls for. Error `loss/kind`. */
function lossOf(given: LossSpec | undefined, { answers }: Examples): LossSpec {
  if (given) return given;
  if (!answers)
    throw new IsogradError("loss/kind", "the data has neither labels nor a target, so there is no loss", {
      fix: "add one to the data, or choose --loss sum or --loss output:NAME",
    });
  return { kind: answers.kind === "labels" ? "cross-entropy" : "mse" };
}

/** Returns the network with the number of examples that it is trained with: an open one where every use allows it, else the file's. */
function batchOf(
  model: Model,
  names: readonly string[],
  binding: BindOptions,
  { batchSize }: RunRequest,
  examples: number,
): { readonly model: Model; readonly batch: number | undefined; readonly said: readonly string[] } {
  const fixed = fixedBatch(model, names);
  if (fixed === undefined) return { model, batch: undefined, said: [] };
  const free = withFreeBatch(model, names, binding);
  if (free) return { model: free, batch: undefined, said: [] };
  if (batchSize === "all" && examples !== fixed)
    throw new IsogradError("batch/shape", `the file takes ${fixed} examples at a time, and no other number`, {
      at: [model.name],
      received: `${examples} examples, all in one batch`,
      fix: "export it with dynamic_axes for the batch",
    });
  const said = batchSize === undefined || batchSize === fixed ? "" : `, and not ${batchSize}`;
  return { model, batch: fixed, said: [`the file takes ${plural(fixed, "example")} at a time: the batch has ${fixed}${said}`] };
}

/** Refuses a norm over the batch that has one value for each channel, as PyTorch does. Error `batch/shape`. */
function refuseSpreadless({ bound }: Trainee, name: string): void {
  const norm = bound.batchNorms.find((n) => n.training && n.values === 1);
  if (norm)
    throw new IsogradError("batch/shape", `"${norm.node}" normalises over the batch, and a batch of one value per channel has no spread`, {
      at: [name],
      fix: "take more examples: --batch-size 2 is the least, and 32 is usual",
    });
}

/** Says which norms keep the statistics of the file. */
function normWarnings({ bound }: Trainee): readonly string[] {
  const norms = bound.batchNorms.filter((n) => !n.training).map((n) => `"${n.node}"`);
  if (norms.length === 0) return [];
  return [`${list(norms)} ${norms.length === 1 ? "has" : "have"} one value per channel in a batch, and no spread: the statistics of the file stay`];
}
