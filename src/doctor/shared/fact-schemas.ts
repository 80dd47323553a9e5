import * as z from "zod";
import { optionalReal, real } from "../../util/json.js";
import type { Decision, Growth, Law, Spread } from "../../verdict/types.js";
import { factsOf } from "../rule.js";

// Schemas of facts that several rules state.

/** The fields of an interface, as facts have them. */
export type Plain<T> = { [K in keyof T]: T[K] };

export const whole: z.ZodNumber = z.number().int().nonnegative();

export const names: z.ZodArray<z.ZodString> = z.array(z.string());

/** A spread, as the verdict has it. */
export const lnFactor: z.ZodType<Plain<Spread>> = factsOf({ value: real, low: real, high: real }).meta({
  id: "lnFactor",
  description: "Natural logarithm of a factor on the norm, with its 95 % interval; low = high where there is none.",
});

/** A rate of growth, as the verdict has it. */
export const growthRate: z.ZodType<Plain<Growth>> = factsOf({
  perBlock: optionalReal,
  low: optionalReal,
  high: optionalReal,
  over: z.enum(["examples", "batches", "blocks", "reinitialisations"]).nullable(),
}).meta({ id: "growthRate", description: "Factor on the square per block, output to input, with its 95 % interval and what that is over." });

/** What the norms of the file do that those of training do not; null where nothing is known. */
export const normCaveat: z.ZodType<"folded" | "perhaps-folded" | "inference-mode" | null> = z
  .enum(["folded", "perhaps-folded", "inference-mode"])
  .nullable()
  .meta({ id: "normCaveat", description: "How the BatchNorms of the file differ from those of training; null where they do not." });

export const decision: z.ZodType<Decision> = z
  .enum(["healthy", "vanishing", "exploding", "mixed", "undecided"])
  .meta({ description: "The verdict." });

export const law: z.ZodType<Law> = z.enum(["exponential", "sub-exponential", "undetermined"]).meta({ description: "The law of the growth." });
