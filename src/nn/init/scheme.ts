import * as z from "zod";
import { IsogradError } from "../../util/errors.js";
import { constant, normal, truncatedNormal, uniform } from "./fill.js";
import type { Fans, Fill } from "./fill.js";
import { deltaOrthogonal, identity, orthogonal } from "./orthogonal.js";

/** Names of the initialisation schemes. */
export const SCHEMES = ["he", "lecun", "glorot", "fixed", "orthogonal", "delta-orthogonal", "identity", "fixup"] as const;
export type Scheme = (typeof SCHEMES)[number];

/** Describes how weights and biases are drawn, with every default filled in. */
export interface Init {
  /**
   * `he`, `lecun`, `glorot`: variance `weightVariance`/fan; `fixed`: standard deviation `std`; `orthogonal`, `delta-orthogonal`, `identity`: such a
   * matrix times √`weightVariance`; `fixup`: He's variance, scaled down in residual branches, whose last weight is zero (Zhang, Dauphin & Ma 2019).
   */
  readonly scheme: Scheme;
  /** σ_w²: the variance of a weight times its fan. */
  readonly weightVariance: number;
  /** σ_b²: the variance of a bias. */
  readonly biasVariance: number;
  /** The fan that σ_w² is divided by: fan-in, fan-out, or their mean. */
  readonly fan: "in" | "out" | "average";
  readonly distribution: "normal" | "uniform" | "truncated-normal";
  readonly std?: number | undefined;
}

/** Default σ_w² of a scheme: LeCun 1998, Glorot & Bengio 2010, He 2015, Saxe 2013. */
const VARIANCE: Readonly<Record<Scheme, number>> = {
  he: 2,
  lecun: 1,
  glorot: 1,
  fixed: 1,
  orthogonal: 1,
  "delta-orthogonal": 1,
  identity: 1,
  fixup: 2,
};

const shape = {
  scheme: z.enum(SCHEMES).default("he").describe("the initialisation scheme"),
  weightVariance: z.number().nonnegative().optional().describe("σ_w²: the variance of a weight times its fan (default: 2 for he, else 1)"),
  biasVariance: z.number().nonnegative().default(0).describe("σ_b²: the variance of a bias"),
  fan: z.enum(["in", "out", "average"]).optional().describe("the fan that σ_w² is divided by (default: average for glorot, else in)"),
  distribution: z
    .enum(["normal", "uniform", "truncated-normal"])
    .default("normal")
    .describe("the kind of distribution, which does not change its standard deviation"),
  std: z
    .number()
    .nonnegative()
    .optional()
    .describe("standard deviation of every weight, whatever its fan: required by the scheme fixed, refused by the others"),
};
const given = z.strictObject(shape);
/**
 * The fields of `init` where it is an object.
 * @public Read by tools/nets-table.mjs.
 */
export const INIT_FIELDS: Readonly<Record<string, z.ZodType>> = shape;

const complete = (g: z.output<typeof given>, c: z.RefinementCtx): Init => {
  if ((g.scheme === "fixed") !== (g.std !== undefined))
    c.addIssue({ code: "custom", path: ["std"], message: g.scheme === "fixed" ? "is needed by the scheme fixed" : "is for the scheme fixed only" });
  return { ...g, weightVariance: g.weightVariance ?? VARIANCE[g.scheme], fan: g.fan ?? (g.scheme === "glorot" ? "average" : "in") };
};

/** The schema of the field `init` of a spec: the name of a scheme, or an object. */
export const initSchema: z.ZodType<Init> = z
  .preprocess((v) => (typeof v === "string" ? { scheme: v } : v), given.transform(complete))
  .describe("initialisation: the name of a scheme, or an object { scheme, weightVariance, biasVariance, fan, distribution, std }");

/** Draws from the distribution of `init` with this standard deviation. */
const distributed = (init: Init, std: number): Fill => ({ normal, uniform, "truncated-normal": truncatedNormal })[init.distribution](std);

/** Returns how a weight with these fans is drawn, times `scale`. Error `spec/invalid`: a delta-orthogonal kernel with more inputs than outputs. */
export function weightFill(init: Init, fans: Fans, scale = 1): Fill {
  const gain = scale * Math.sqrt(init.weightVariance);
  switch (init.scheme) {
    case "he":
    case "lecun":
    case "glorot":
    case "fixup": {
      const fan = init.fan === "in" ? fans.in : init.fan === "out" ? fans.out : (fans.in + fans.out) / 2;
      return distributed(init, gain / Math.sqrt(fan));
    }
    case "fixed":
      return distributed(init, scale * init.std!);
    case "orthogonal":
      return orthogonal(gain);
    case "delta-orthogonal":
      return (out, shape, random) => {
        if (shape.length > 2 && shape[1]! > shape[0]!)
          throw new IsogradError("spec/invalid", "a delta-orthogonal kernel cannot have more inputs than outputs", {
            received: `${shape[1]} inputs and ${shape[0]} outputs`,
            fix: "make the network wider, or choose another init",
          });
        (shape.length > 2 ? deltaOrthogonal(gain) : orthogonal(gain))(out, shape, random);
      };
    case "identity":
      return identity(gain);
  }
}

/** Returns how biases are drawn: from N(0, σ_b²). */
export const biasFill = (init: Init): Fill => (init.biasVariance === 0 ? constant(0) : normal(Math.sqrt(init.biasVariance)));
