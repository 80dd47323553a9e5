import * as z from "zod";
import { activationSchema } from "./layers/activation.js";
import type { Activation } from "./layers/activation.js";
import { NODE_LIMIT } from "./limits.js";
import { PADDINGS } from "./layers/affine.js";
import type { Padding } from "./layers/affine.js";
import { NORMS } from "./layers/norm.js";
import type { Norm } from "./layers/norm.js";
import { branchScaleSchema } from "./layers/branch-scale.js";
import type { BranchScale } from "./layers/branch-scale.js";
import { SKIPS } from "./layers/residual.js";
import type { Skip } from "./layers/residual.js";
import { orderOrNone, orderSchema } from "./layers/sequence.js";

// Makers of fields that several architectures share. `value` is the default, `what` the description.

type Field<T> = z.ZodType<T>;

/** The largest size. Networks that take too much memory are refused elsewhere. */
const LARGEST = 1_000_000;
/** A number of elements, layers or steps: at least 1. */
const sizeUpTo = (most: number): z.ZodNumber => z.number().int().min(1).max(most);
const size: z.ZodNumber = sizeUpTo(LARGEST);

/** A depth. Every layer has a node at least. */
export const depth = (value: number, what: string): Field<number> => sizeUpTo(NODE_LIMIT).default(value).describe(what);
export const length = (value: number, most: number, what: string): Field<number> => sizeUpTo(most).default(value).describe(what);
export const width = (value: number, what = "features of every layer"): Field<number> => size.default(value).describe(what);
export const integer = (value: number, what: string, least = 0): Field<number> =>
  z.number().int().min(least).max(LARGEST).default(value).describe(what);
export const real = (value: number, what: string): Field<number> => z.number().default(value).describe(what);
export const flag = (value: boolean, what: string): Field<boolean> => z.boolean().default(value).describe(what);
export const optionalFlag = (what: string): Field<boolean | undefined> => z.boolean().optional().describe(what);
/** An optional positive number. */
export const optionalFactor = (what: string): Field<number | undefined> => z.number().positive().max(1000).optional().describe(what);
/** A fraction of a whole: above 0, at most 1. */
export const fraction = (value: number, what: string): Field<number> => z.number().positive().max(1).default(value).describe(what);
export const choice = <T extends string>(values: readonly T[], value: NoInfer<T>, what: string): Field<T> =>
  z
    .enum(values)
    .default(value as never)
    .describe(what);

export const activation = (value: Activation = "relu"): Field<Activation> =>
  (activationSchema as z.ZodType<Activation, Activation>).default(value).describe(activationSchema.description!);
export const norm = (value: Norm = "none", values: readonly Norm[] = NORMS): Field<Norm> => choice(values, value, "kind of normalisation");
/** A norm for features [N, D]: all but the instance norm, which needs positions to average over. */
export const normOfFeatures = (value: Norm = "none"): Field<Norm> =>
  norm(
    value,
    NORMS.filter((n) => n !== "instance"),
  );
export const groups = (): Field<number> =>
  size.default(8).describe("groups of channels of a group norm; the largest divisor of the channels up to it counts");
export const bias = (): Field<boolean | undefined> => z.boolean().optional().describe("biases of the weights (default: where no norm follows)");
export const order = (value: string, what: string): Field<string> => (orderSchema as z.ZodType<string, string>).default(value).describe(what);
export const orderOr = (value: string, what: string): Field<string> => (orderOrNone as z.ZodType<string, string>).default(value).describe(what);

export const kernel = (): Field<number> =>
  size
    .max(99)
    .refine((k) => k % 2 === 1, "must be odd, to keep the size of the maps")
    .default(3)
    .describe("side of the kernels, odd");
/** One of the given numbers. */
export const oneOf = (values: readonly number[], value: number, what: string): Field<number> =>
  z
    .literal([...values])
    .default(value)
    .describe(what);
/** An optional list of sizes. */
export const optionalSizes = (what: string): Field<readonly number[] | undefined> => z.array(size).min(1).max(64).optional().describe(what);

/** A list of sizes with a default. */
export const list = (value: readonly number[], what: string): Field<readonly number[]> =>
  z
    .array(size)
    .min(1)
    .max(64)
    .default([...value])
    .describe(what);

/** The shape of an image, in elements: [channels, height, width]. */
export const image = (value: readonly [number, number, number]): Field<readonly [number, number, number]> =>
  z
    .tuple([size, size, size])
    .default([...value])
    .describe("input shape [channels, height, width]");
/** An optional size. */
export const optionalSize = (what: string): Field<number | undefined> => size.optional().describe(what);
export const features = (): Field<number | undefined> => size.optional().describe("features of the input (default: width)");
export const classes = (value: number | null = 10): Field<number | null> =>
  size
    .nullable()
    .default(value)
    .describe("number of classes, the outputs of the last linear layer; null: there is no such layer, and the last hidden value is the output");
export const padding = (): Field<Padding> =>
  choice(PADDINGS, "zeros", "padding of the maps: zeros, or circular (from the opposite side), which keeps laws of fan-in exact at the borders");

export const skip = (value: Skip = "identity"): Field<Skip> =>
  choice(SKIPS, value, "the shortcut around the branch (He et al. 2016, table 1); none: the same network without shortcuts");
export const skipScale = (): Field<number> => real(1, "λ, the constant factor on the shortcut");
export const branchScale = (): Field<BranchScale> =>
  (branchScaleSchema as z.ZodType<BranchScale, BranchScale>)
    .default(1)
    .describe('α, the factor on the branch: a number, "1/sqrt(L)" or "1/L" (L: number of blocks), or { trained: 0 } (SkipInit, ReZero)');
export const gateBias = (value: number): Field<number> => real(value, "initial bias of the gates; their weights are drawn as all weights are");
export const gateVariance = (): Field<number | undefined> =>
  z
    .number()
    .nonnegative()
    .optional()
    .describe("variance of a gate's weight times its fan-in; 0: the weights are 0, and the gates start at their bias (default: as for all weights)");
export const dropout = (): Field<number> => z.number().min(0).max(1).default(0.5).describe("fraction of elements that a dropout shortcut drops");
export const zeroGamma = (): Field<boolean> => flag(false, "the last norm of each branch starts with γ = 0 (Goyal et al. 2017)");
