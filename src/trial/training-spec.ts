import * as z from "zod";
import type { NetSpec } from "../nn/spec.js";
import { resolveNet } from "../nn/spec.js";
import { recipeOf } from "../train/recipe.js";
import type { Recipe } from "../train/recipe.js";
import { list, optionalReal, real } from "../util/json.js";
import { IsogradError } from "../util/errors.js";
import { canonicalJson, sha256 } from "./canonical.js";
import { checked } from "./spec.js";

/** To be raised whenever the same spec gives other numbers. */
const VERSION = 1;

/** A run of training as plain data: a network, data that any machine has, and a recipe. */
export interface TrainingSpec {
  /** The network, with every field of its architecture but its seed. */
  readonly net: NetSpec;
  /** What `--data` takes that needs no file: `digits`, `adding:50`. */
  readonly data: string;
  /** Every choice made; its seed draws the weights and the order of the examples. */
  readonly recipe: Recipe;
}

const number = z.number();
const FIELDS = {
  net: z.looseObject({ arch: z.string() }),
  data: z.string().default("digits"),
  optimizer: z.string().optional(),
  lr: number.positive().optional(),
  momentum: number.optional(),
  weightDecay: number.min(0).optional(),
  schedule: z.string().optional(),
  warmup: number.int().min(0).optional(),
  clip: z.string().optional(),
  batchSize: number.int().positive().default(128),
  steps: number.int().positive(),
  seed: number.int().default(0),
};
const schema = z.strictObject(FIELDS);

/** What a run of training is asked for by. */
export type TrainingRequest = z.input<typeof schema>;

/** Checks a request and fills in its defaults. Errors `spec/invalid`, `usage/option`. */
export function parseTraining(request: unknown): TrainingSpec {
  const { net, data, ...options } = checked(schema, request, "training");
  for (const field of ["seed", "batch"])
    if (net[field] !== undefined)
      throw new IsogradError("spec/invalid", `the network of a training has no "${field}" of its own`, {
        at: ["training", "net"],
        fix: "say it beside the network",
      });
  const resolved = resolveNet(net);
  const recipe = recipeOf(options, options.batchSize);
  const whole = {
    arch: resolved.architecture.name,
    ...resolved.fields,
    init: resolved.init,
    ...(resolved.dtype === "float32" ? {} : { dtype: resolved.dtype }),
  };
  return { net: JSON.parse(canonicalJson(whole)) as NetSpec, data, recipe };
}

/** The key of a training's family: those that differ by seed and rate only share it, and run in one graph. */
export const trainingFamily = ({ recipe: { seed: _, lr: __, ...recipe }, ...rest }: TrainingSpec): string => canonicalJson({ ...rest, recipe });

/** The record of a training, for people who read a store: its spec and the version of the code. */
export const trainingRecord = (spec: TrainingSpec): string => canonicalJson({ training: spec, version: VERSION });

/** The key of a training's result: the SHA-256 of its record. */
export const trainingKey = (spec: TrainingSpec): Promise<string> => sha256(trainingRecord(spec));

/** What a training gives: the loss before every step, and how good the network is on the validation examples at the end. */
export const trainingResult = z.strictObject({ loss: list(real), validationLoss: optionalReal, accuracy: optionalReal });
export type TrainingResult = z.output<typeof trainingResult>;
