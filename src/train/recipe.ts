import { augmentationsOf } from "../data/augment/index.js";
import type { ClippingRule } from "../optim/clipping-rule.js";
import { CLIPPING_RULES } from "../optim/clipping/index.js";
import type { Coefficients } from "../optim/optimiser.js";
import { OPTIMISERS } from "../optim/optimisers/index.js";
import { SCHEDULES } from "../optim/schedules/index.js";
import type { Rule } from "../optim/step-graph.js";
import { IsogradError, nearest } from "../util/errors.js";
import { exact } from "../util/format.js";

/** How a network is trained, every choice made: plain data, which a run keeps and a resumed one compares. */
export interface Recipe {
  readonly optimizer: string;
  /** The base rate, which the schedule multiplies. */
  readonly lr: number;
  readonly coefficients: Coefficients;
  readonly weightDecay: number;
  readonly schedule: string;
  /** Steps over which the rate rises from zero. */
  readonly warmup: number;
  readonly clip: { readonly rule: string; readonly bound: number } | null;
  /** Examples of a batch; `all`: every step takes all of them, in their order. */
  readonly batchSize: number | "all";
  /** Steps of the whole run. */
  readonly steps: number;
  /** Whether the inputs are standardised by the mean and deviation of the training examples. */
  readonly standardise: boolean;
  /** How training images are changed, in the order of the changes. */
  readonly augment: readonly string[];
  /** Seed of the order of examples, of augmentation, and of what is drawn inside of the network. */
  readonly seed: number;
}

/** What may be said of a recipe; what is absent is chosen. */
export interface RecipeOptions {
  readonly optimizer?: string | undefined;
  readonly lr?: number | undefined;
  readonly momentum?: number | undefined;
  readonly weightDecay?: number | undefined;
  readonly schedule?: string | undefined;
  readonly warmup?: number | undefined;
  /** `value:C`, `norm:C`, `layer:C` or `agc:C`. */
  readonly clip?: string | undefined;
  readonly batchSize?: number | "all" | undefined;
  readonly steps?: number | undefined;
  readonly epochs?: number | undefined;
  readonly standardise?: boolean | undefined;
  readonly augment?: readonly string[] | undefined;
  readonly seed?: number | undefined;
}

const EPOCHS = 10;
const BATCH = 128;
/** Steps within which a few examples are learned by heart, where nothing stands in the way. */
const OVERFIT = 1000;

/** Makes every choice that was left open; `examples` is the number of those to train on, `batch` the size that the network's file fixes. Error `usage/option`. */
export function recipeOf(options: RecipeOptions & { readonly overfit?: number | undefined }, examples: number, batch?: number): Recipe {
  const optimiser = named(OPTIMISERS, options.optimizer ?? "momentum", "optimizer");
  const schedule = named(SCHEDULES, options.schedule ?? "constant", "schedule");
  const whole = options.batchSize === "all";
  const batchSize = whole ? "all" : (batch ?? options.batchSize ?? Math.min(BATCH, examples));
  if (batchSize !== "all" && batchSize > examples)
    throw new IsogradError("batch/shape", `a batch of ${batchSize} is more than the ${examples} examples to train on`, {
      fix: `--batch-size ${examples}, or --batch-size all`,
    });
  if (options.steps !== undefined && options.epochs !== undefined)
    throw new IsogradError("usage/option", "--steps and --epochs both say how long to train", { fix: "give one of the two" });
  const epoch = batchSize === "all" ? 1 : Math.floor(examples / batchSize);
  const steps = options.steps ?? (options.overfit !== undefined && options.epochs === undefined ? OVERFIT : (options.epochs ?? EPOCHS) * epoch);
  const warmup = options.warmup ?? 0;
  if (warmup >= steps && warmup > 0)
    throw new IsogradError("usage/option", `a warm-up of ${warmup} steps leaves nothing of a run of ${steps}`, {
      fix: "train longer, or warm up over fewer steps",
    });
  if (options.momentum !== undefined && !("momentum" in optimiser.options.parse({})))
    throw new IsogradError("usage/option", `--momentum is for momentum and nesterov, and ${optimiser.name} has none`, {
      fix: "leave it out, or choose --optimizer momentum",
    });
  return {
    optimizer: optimiser.name,
    lr: options.lr ?? optimiser.rate,
    coefficients: optimiser.options.parse(options.momentum === undefined ? {} : { momentum: options.momentum }),
    weightDecay: options.weightDecay ?? 0,
    schedule: schedule.name,
    warmup,
    clip: options.clip === undefined ? null : clipOf(options.clip),
    batchSize,
    steps,
    standardise: options.standardise ?? false,
    augment: augmentationsOf(options.augment ?? []),
    seed: options.seed ?? 1,
  };
}

/** The rule of a recipe, by which the step graph is built. */
export const ruleOf = (recipe: Recipe): Rule => ({
  optimiser: named(OPTIMISERS, recipe.optimizer, "optimizer"),
  coefficients: recipe.coefficients,
  decay: recipe.weightDecay,
  schedule: named(SCHEDULES, recipe.schedule, "schedule"),
  warmup: recipe.warmup,
  steps: recipe.steps,
  clip: recipe.clip === null ? undefined : { rule: named<ClippingRule>(CLIPPING_RULES, recipe.clip.rule, "clip"), bound: recipe.clip.bound },
});

/** Writes a rule of clipping as it is given. */
export const clipText = (clip: Recipe["clip"]): string => (clip === null ? "none" : `${clip.rule}:${exact(clip.bound)}`);

function clipOf(text: string): Recipe["clip"] {
  const [rule = "", bound = "", ...more] = text.split(":");
  const value = Number(bound);
  if (more.length > 0 || bound.trim() === "" || !(value > 0) || !Number.isFinite(value))
    throw new IsogradError("usage/option", `--clip ${text} is not valid`, {
      expected: `${CLIPPING_RULES.map((c) => `${c.name}:C`).join(", ")}, C a positive number`,
    });
  return { rule: named(CLIPPING_RULES, rule, "clip").name, bound: value };
}

/** Returns what has this name. Error `usage/option`. */
function named<T extends { readonly name: string }>(list: readonly T[], name: string, option: string): T {
  const found = list.find((x) => x.name === name);
  if (found) return found;
  const names = list.map((x) => x.name);
  const near = nearest(name, names);
  throw new IsogradError("usage/option", `--${option} ${name} is not valid`, {
    expected: names.join(", "),
    ...(near === undefined ? {} : { fix: `did you mean ${near}?` }),
  });
}
