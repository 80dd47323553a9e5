import { augmentationText } from "../../data/augment/index.js";
import type { Choice } from "../../data/drawn-inputs.js";
import { withValidation } from "../../data/parts.js";
import type { Model } from "../../graph/graph.js";
import { preparedRun } from "../../train/prepared.js";
import type { PreparedRun } from "../../train/prepared.js";
import { clipText } from "../../train/recipe.js";
import type { Recipe } from "../../train/recipe.js";
import { count, exact, plural } from "../../util/format.js";
import { bindOptions } from "../network-options.js";
import type { TrainOptions } from "./options.js";

/** A run of training that is worked out and not begun, with the choices that were made, in words. */
export interface Prepared extends PreparedRun {
  readonly settings: readonly Choice[];
}

/** Works out how a network is trained. Errors: those of the data, of binding, of the loss and of the recipe. */
export function prepare(model: Model, options: Omit<TrainOptions, "runtime">): Prepared {
  const run = preparedRun(model, { ...options, data: withValidation(options.data, options.validation), binding: bindOptions(options) });
  return { ...run, settings: settingsOf(run) };
}

function settingsOf({ recipe, task, data, standardised, trainee }: PreparedRun): readonly Choice[] {
  const coefficients = Object.entries(recipe.coefficients).map(([name, v]) => `${name} ${exact(v)}`);
  const { loss } = task;
  return [
    { what: "data", value: data.about },
    ...(standardised ? [{ what: "inputs", value: `standardised ${standardised.told}` }] : []),
    ...(recipe.augment.length > 0 ? [{ what: "augmented", value: augmentationText(recipe.augment) }] : []),
    { what: "loss", value: `${loss.kind === "output" ? `output ${loss.name}` : loss.kind} of ${trainee.output}` },
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
