import { lossOutput } from "../../autodiff/loss.js";
import type { LossSpec } from "../../autodiff/loss.js";
import { augmentationText, augmented } from "../../data/augment/index.js";
import type { DataSet, Examples } from "../../data/data-set.js";
import { fitted } from "../../data/fitted.js";
import type { Fitted } from "../../data/fitted.js";
import { inspected } from "../../data/inspected.js";
import { standardise } from "../../data/standardise.js";
import type { Standardised } from "../../data/standardise.js";
import { sliceOf, withValidation } from "../../data/parts.js";
import { refuseBeyondTables } from "../../data/tokens.js";
import type { Choice } from "../../data/drawn-inputs.js";
import type { Model } from "../../graph/graph.js";
import { fixedBatch, withFreeBatch } from "../../passes/free-batch.js";
import { feederOf } from "../../train/feeder.js";
import type { Feeder } from "../../train/feeder.js";
import { orderOf } from "../../train/order.js";
import type { Order } from "../../train/order.js";
import { clipText, recipeOf, ruleOf } from "../../train/recipe.js";
import type { Recipe } from "../../train/recipe.js";
import { lossFrom, trainee } from "../../train/trainee.js";
import type { Task, Trainee } from "../../train/trainee.js";
import { IsogradError } from "../../util/errors.js";
import { defined } from "../../util/defined.js";
import { count, exact, list, plural } from "../../util/format.js";
import { bindOptions } from "../network-options.js";
import type { TrainOptions } from "./options.js";

/** A run of training that is worked out and not begun. */
export interface Prepared {
  /** The network, with an open number of examples where it allows that. */
  readonly model: Model;
  readonly data: DataSet;
  /** By what the inputs were standardised, where that was asked for. */
  readonly standardised: Standardised | undefined;
  readonly recipe: Recipe;
  readonly task: Task;
  readonly columns: Fitted;
  readonly trainee: Trainee;
  readonly feeder: Feeder;
  readonly order: Order;
  readonly settings: readonly Choice[];
  readonly warnings: readonly string[];
  /** Number of classes; undefined where there are none. */
  readonly classes: number | undefined;
}

/** Works out how a network is trained: what it is fed, by which loss, in which steps. Errors: those of the data, of binding, of the loss and of the recipe. */
export function prepare(given: Model, options: TrainOptions): Prepared {
  const whole = withValidation(options.data, options.validation);
  if (options.overfit !== undefined && options.overfit > whole.train.count)
    throw new IsogradError("usage/option", `--overfit ${options.overfit} is more than the ${plural(whole.train.count, "example")} of the data`);
  const standardised = options.standardise === true ? standardise(whole) : undefined;
  const all = standardised?.data ?? whole;
  const still = options.overfit === undefined ? all : { ...all, train: sliceOf(all.train, 0, options.overfit), validation: undefined };
  const loss = lossOf(options.loss, still.train);
  const from = lossFrom(given, { loss, output: options.output });
  const fixedInputs = new Set(Object.keys(options.set ?? {}));
  const fed = given.graph.inputs.filter((i) => !fixedInputs.has(i.name));
  const names = fed.map((i) => i.name);
  const binding = { ...bindOptions({ ...options, dropoutSeed: options.seed ?? 1 }), drawEachStep: true };
  const { model, batch, said } = batchOf(given, names, { ...binding, outputs: [from] }, options, still.train.count);
  const recipe = recipeOf(options, still.train.count, batch);
  const data = augmented(still, recipe.augment, recipe.seed);
  const { train } = data;
  const fedInputs = model.graph.inputs.filter((i) => names.includes(i.name));
  const columns = fitted(fedInputs, train, data.name);
  const size = recipe.batchSize === "all" ? train.count : recipe.batchSize;
  const floats = options.dtype ?? "float32";
  const feeder = feederOf(train, columns, size, floats);
  const task: Task = { loss, inferred: options.loss === undefined, output: options.output, inputs: feeder.inputs, answers: needsAnswers(loss) ? feeder.answers : undefined, binding };
  const made = trainee(model, { ...task, ...defined({ trainable: options.trainable, frozen: options.frozen }), rule: ruleOf(recipe) });
  if (made.step.trained.length === 0) throw new IsogradError("usage/option", "the network has nothing to train", { at: [model.name], fix: "name what is to be trained with --trainable" });
  const { classes } = made.step;
  const own = inspected(still.train, classes, data.name);
  // A class that no example to score by has is no fault.
  if (data.validation) inspected(data.validation, classes, data.name);
  refuseBeyondTables(made.bound.graph, columns, train.count, data.name);
  if (data.validation) refuseBeyondTables(made.bound.graph, fitted(fedInputs, data.validation, data.name), data.validation.count, data.name);
  const spreadless = made.bound.batchNorms.find((n) => n.training && n.values === 1);
  if (spreadless)
    throw new IsogradError("batch/shape", `"${spreadless.node}" normalises over the batch, and a batch of one value per channel has no spread`, {
      at: [model.name],
      fix: "take more examples: --batch-size 2 is the least, and 32 is usual",
    });
  const norms = made.bound.batchNorms.filter((n) => !n.training).map((n) => `"${n.node}"`);
  const warnings = [
    ...said,
    ...own.warnings,
    ...made.step.warnings,
    ...(norms.length === 0 ? [] : [`${list(norms)} ${norms.length === 1 ? "has" : "have"} one value per channel in a batch, and no spread: the statistics of the file stay`]),
  ];
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
    settings: settingsOf(recipe, loss, data, standardised, lossOutput(made.bound, from)),
    warnings,
    classes,
  };
}

const needsAnswers = (loss: LossSpec): boolean => loss.kind === "cross-entropy" || loss.kind === "mse";

/** The loss that was asked for, else the one that the data calls for. Error `loss/kind`. */
function lossOf(given: LossSpec | undefined, { answers }: Examples): LossSpec {
  if (given) return given;
  if (!answers)
    throw new IsogradError("loss/kind", "the data has neither labels nor a target, so there is no loss", { fix: "add one to the data, or choose --loss sum or --loss output:NAME" });
  return { kind: answers.kind === "labels" ? "cross-entropy" : "mse" };
}

/** Returns the network with the number of examples that it is trained with: an open one where every use allows it, else the file's. */
function batchOf(
  model: Model,
  names: readonly string[],
  binding: Parameters<typeof withFreeBatch>[2],
  options: TrainOptions,
  examples: number,
): { readonly model: Model; readonly batch: number | undefined; readonly said: readonly string[] } {
  const fixed = fixedBatch(model, names);
  if (fixed === undefined) return { model, batch: undefined, said: [] };
  const free = withFreeBatch(model, names, binding);
  if (free) return { model: free, batch: undefined, said: [] };
  if (options.batchSize === "all" && examples !== fixed)
    throw new IsogradError("batch/shape", `the file takes ${fixed} examples at a time, and no other number`, {
      at: [model.name],
      received: `${examples} examples, all in one batch`,
      fix: "export it with dynamic_axes for the batch",
    });
  const said = options.batchSize === undefined || options.batchSize === fixed ? "" : `, and not ${options.batchSize}`;
  return { model, batch: fixed, said: [`the file takes ${plural(fixed, "example")} at a time: the batch has ${fixed}${said}`] };
}

function settingsOf(recipe: Recipe, loss: LossSpec, data: DataSet, standardised: Standardised | undefined, output: string): readonly Choice[] {
  const coefficients = Object.entries(recipe.coefficients).map(([name, v]) => `${name} ${exact(v)}`);
  return [
    { what: "data", value: data.about },
    ...(standardised ? [{ what: "inputs", value: `standardised ${standardised.told}` }] : []),
    ...(recipe.augment.length > 0 ? [{ what: "augmented", value: augmentationText(recipe.augment) }] : []),
    { what: "loss", value: `${loss.kind === "output" ? `output ${loss.name}` : loss.kind} of ${output}` },
    { what: "optimizer", value: [recipe.optimizer, `rate ${exact(recipe.lr)}`, ...coefficients].join(", ") },
    { what: "schedule", value: recipe.warmup > 0 ? `${recipe.schedule}, after ${plural(recipe.warmup, "step")} of warm-up` : recipe.schedule },
    { what: "weight decay", value: recipe.weightDecay === 0 ? "none" : `${exact(recipe.weightDecay)}, of parameters with two dimensions or more` },
    { what: "clipping", value: clipText(recipe.clip) },
    { what: "batch", value: recipe.batchSize === "all" ? `all ${count(data.train.count)} examples` : plural(recipe.batchSize, "example") },
    { what: "steps", value: `${count(recipe.steps)}, which ${epochsOf(recipe, data.train.count)}` },
    { what: "seed", value: String(recipe.seed) },
  ];
}

/** Says how often the data is gone through: "is 10 epochs". */
function epochsOf(recipe: Recipe, examples: number): string {
  const steps = recipe.batchSize === "all" ? 1 : Math.floor(examples / recipe.batchSize);
  const epochs = recipe.steps / steps;
  return `is ${Number.isInteger(epochs) ? plural(epochs, "epoch") : `${exact(epochs)} epochs`}`;
}
