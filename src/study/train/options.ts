import type { LossSpec } from "../../autodiff/loss.js";
import type { DataSet } from "../../data/data-set.js";
import type { Runtime } from "../../runtime/runtime.js";
import type { RunKeeper } from "../../train/keeper.js";
import type { RecipeOptions } from "../../train/recipe.js";
import { ATTENDED_FIELDS, NETWORK_FIELDS } from "../network-options.js";
import type { Attended, NetworkOptions } from "../network-options.js";
import { abortSignal, callback, elsewhere, flag, loss, needed, positive, seed, test, text, texts, wholeFrom } from "../option-fields.js";
import type { OptionFields } from "../option-fields.js";
import type { TrainProgress } from "../train-record.js";

/** How to train a network. */
export interface TrainOptions extends Omit<NetworkOptions, "trainNorm" | "dropoutSeed">, Attended, RecipeOptions {
  readonly runtime: Runtime;
  readonly data: DataSet;
  /** Absent: cross-entropy with labels, mse with a target. */
  readonly loss?: LossSpec | undefined;
  /** Examples that are never trained on: a share of the data from its end, or none (default: those that the data set has). */
  readonly validation?: number | "none" | undefined;
  /** Trains on the first N examples until they are learned by heart, or the steps are over. */
  readonly overfit?: number | undefined;
  /** How many times the gradient at every depth is measured (default 20; 0: never). */
  readonly profiles?: number | undefined;
  /** Where the run is kept (default: nowhere). */
  readonly keeper?: RunKeeper | undefined;
  /** Options by name that tell this run from another, besides those of the recipe. */
  readonly described?: Readonly<Record<string, unknown>> | undefined;
  /** Aborted, it ends the run behind the steps that are being made, with a checkpoint, and with the signal's reason. */
  readonly interrupt?: AbortSignal | undefined;
  /** How the run was asked for, kept for whoever goes on with it: plain data. */
  readonly asked?: unknown;
  /** Called when some steps have been made. */
  readonly onSteps?: ((progress: TrainProgress) => void) | undefined;
}

const { trainNorm: _norm, dropoutSeed: _dropout, ...NETWORK } = NETWORK_FIELDS;
const number = (words: string, holds: (v: number) => boolean): ReturnType<typeof test> =>
  test(words, (v) => typeof v === "number" && Number.isFinite(v) && holds(v));
const isWhole = (v: unknown): boolean => Number.isSafeInteger(v) && (v as number) >= 1;

/** What these options take. */
export const TRAIN_FIELDS: OptionFields<TrainOptions> = {
  ...NETWORK,
  ...ATTENDED_FIELDS,
  runtime: elsewhere,
  data: needed(elsewhere),
  loss: loss(false),
  optimizer: text,
  lr: positive,
  momentum: number("a number from 0 up to 1", (v) => v >= 0 && v < 1),
  weightDecay: number("a number of at least 0", (v) => v >= 0),
  schedule: text,
  warmup: wholeFrom(0),
  clip: text,
  batchSize: test('a whole number of at least 1, or "all"', (v) => v === "all" || isWhole(v)),
  steps: wholeFrom(1),
  epochs: wholeFrom(1),
  standardise: flag,
  augment: texts,
  seed,
  validation: test('a share between 0 and 1, or "none"', (v) => v === "none" || (typeof v === "number" && v > 0 && v < 1)),
  overfit: wholeFrom(1),
  profiles: wholeFrom(0),
  keeper: elsewhere,
  described: elsewhere,
  interrupt: abortSignal,
  asked: elsewhere,
  onSteps: callback,
};
