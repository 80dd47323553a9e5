import * as z from "zod";
import { activationSchema } from "./layers/activation.js";
import type { Activation } from "./layers/activation.js";
import { PADDINGS } from "./layers/affine.js";
import type { Padding } from "./layers/affine.js";
import { NORMS } from "./layers/norm.js";
import type { Norm } from "./layers/norm.js";
import { branchScaleSchema } from "./layers/branch-scale.js";
import type { BranchScale } from "./layers/branch-scale.js";
import { SKIPS } from "./layers/residual.js";
import type { Skip } from "./layers/residual.js";
import { orderOrNone, orderSchema } from "./layers/sequence.js";

// Fields that several architectures share: each is a function of its default.

type Field<T> = z.ZodType<T>;

/** Nothing is larger than this: what would take more than a machine holds is refused before. */
const LARGEST = 1_000_000;
/** A size. */
const size: z.ZodNumber = z.number().int().min(1).max(LARGEST);

export const depth = (value: number, what: string): Field<number> => size.default(value).describe(what);
export const length = (value: number, most: number, what: string): Field<number> => size.max(most).default(value).describe(what);
export const width = (value: number, what = "features of every layer"): Field<number> => size.default(value).describe(what);
export const whole = (value: number, what: string, least = 0): Field<number> =>
  z.number().int().min(least).max(LARGEST).default(value).describe(what);
export const real = (value: number, what: string): Field<number> => z.number().default(value).describe(what);
export const flag = (value: boolean, what: string): Field<boolean> => z.boolean().default(value).describe(what);
export const maybe = (what: string): Field<boolean | undefined> => z.boolean().optional().describe(what);
/** A positive number that may be left out. */
export const factor = (what: string): Field<number | undefined> => z.number().positive().max(1000).optional().describe(what);
/** A share of a whole, above 0. */
export const share = (value: number, what: string): Field<number> => z.number().positive().max(1).default(value).describe(what);
export const option = <T extends string>(values: readonly T[], value: NoInfer<T>, what: string): Field<T> =>
  z
    .enum(values)
    .default(value as never)
    .describe(what);

export const activation = (value: Activation = "relu"): Field<Activation> =>
  (activationSchema as z.ZodType<Activation, Activation>).default(value).describe(activationSchema.description!);
export const norm = (value: Norm = "none", values: readonly Norm[] = NORMS): Field<Norm> => option(values, value, "what normalises");
/** An instance norm is one of maps: features have no places. */
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
/** One of some numbers. */
export const oneOf = (values: readonly number[], value: number, what: string): Field<number> =>
  z
    .literal([...values])
    .default(value)
    .describe(what);
/** A list of sizes that may be left out. */
export const sizes = (what: string): Field<readonly number[] | undefined> => z.array(size).min(1).max(64).optional().describe(what);

/** A list of sizes with a default. */
export const list = (value: readonly number[], what: string): Field<readonly number[]> =>
  z
    .array(size)
    .min(1)
    .max(64)
    .default([...value])
    .describe(what);

/** Shape of an image. */
export const image = (value: readonly [number, number, number]): Field<readonly [number, number, number]> =>
  z
    .tuple([size, size, size])
    .default([...value])
    .describe("input shape [channels, height, width]");
/** A size that may be left out. */
export const optional = (what: string): Field<number | undefined> => size.optional().describe(what);
export const features = (): Field<number | undefined> => size.optional().describe("features of the input (default: width)");
export const classes = (value: number | null = 10): Field<number | null> =>
  size.nullable().default(value).describe("outputs of the last linear layer; null: none, the output is the trunk");
export const padding = (): Field<Padding> =>
  option(PADDINGS, "zeros", "what is around a map: zeros, or (circular) its other side, which keeps fan-in laws exact");

export const skip = (value: Skip = "identity"): Field<Skip> =>
  option(SKIPS, value, "what carries x around the branch (He et al. 2016, table 1); none: the same network without");
export const skipScale = (): Field<number> => real(1, "λ, the constant factor on the shortcut");
export const branchScale = (): Field<BranchScale> =>
  (branchScaleSchema as z.ZodType<BranchScale, BranchScale>)
    .default(1)
    .describe('α, the factor on the branch: a number, "1/sqrt(L)" or "1/L" (L: number of blocks), or { trained: 0 } (SkipInit, ReZero)');
export const gateBias = (value: number): Field<number> => real(value, "bias of the gates as they begin; their weights are drawn as all are");
export const gateVariance = (): Field<number | undefined> =>
  z
    .number()
    .nonnegative()
    .optional()
    .describe("variance of a gate's weight times its fan-in; 0: gates begin at their bias (default: drawn as all weights are)");
export const dropout = (): Field<number> => z.number().min(0).max(1).default(0.5).describe("share that a dropout shortcut drops");
export const zeroGamma = (): Field<boolean> => flag(false, "the last norm of each branch begins with γ = 0 (Goyal et al. 2017)");
