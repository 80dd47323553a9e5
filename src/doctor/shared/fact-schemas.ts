import * as z from "zod";
import { optionalReal, real } from "../../util/json.js";
import { DECISIONS, INTERVALS, LAWS } from "../../verdict/types.js";
import type { Decision, Growth, Law, Spread } from "../../verdict/types.js";
import { factsOf } from "../rule.js";

// Schemas of facts that several rules state. The record of a check-up has some of them too.

/** The fields of an interface, as facts have them. */
export type Plain<T> = { [K in keyof T]: T[K] };

export const names: z.ZodArray<z.ZodString> = z.array(z.string());

/** A spread, as the verdict has it. */
export const lnFactor: z.ZodType<Plain<Spread>> = factsOf({ value: real, low: real, high: real }).meta({
  id: "lnFactor",
  description:
    "Natural logarithm of a factor on the norm of the gradient, with its 95 % interval; low = high where there is none. Infinity where the gradient is lost altogether, NaN where there is nothing to measure.",
});

/** A rate of growth, as the verdict has it. */
export const growthRate: z.ZodType<Plain<Growth>> = factsOf({
  perBlock: optionalReal.meta({ description: "Factor on the square per block, output to input, over the body." }),
  low: optionalReal.meta({ description: "Its 95 % interval; null where there is none." }),
  high: optionalReal,
  over: z.enum(INTERVALS).nullable().meta({ description: "What the interval is over." }),
}).meta({ id: "growthRate", description: "Factor on the square per block, output to input, with its 95 % interval and what that is over." });

/** What the norms of the file do that those of training do not; null where nothing is known. */
export const normCaveat: z.ZodType<"folded" | "perhaps-folded" | "inference-mode" | null> = z
  .enum(["folded", "perhaps-folded", "inference-mode"])
  .nullable()
  .meta({ id: "normCaveat", description: "How the BatchNorms of the file differ from those of training; null where they do not." });

export const decision: z.ZodType<Decision> = z.enum(DECISIONS).meta({ description: "The verdict." });

export const law: z.ZodType<Law> = z.enum(LAWS).meta({ description: "The law of the growth." });
