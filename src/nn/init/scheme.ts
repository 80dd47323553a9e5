import * as z from "zod";
import { IsogradError } from "../../util/errors.js";
import { constant, normal, truncatedNormal, uniform } from "./fill.js";
import type { Fans, Fill } from "./fill.js";
import { deltaOrthogonal, identity, orthogonal } from "./orthogonal.js";

/** Initialisers by name. */
export const SCHEMES = ["he", "lecun", "glorot", "fixed", "orthogonal", "delta-orthogonal", "identity", "fixup"] as const;
export type Scheme = (typeof SCHEMES)[number];

/** How weights and biases are drawn, with every default filled in. */
export interface Init {
  /**
   * `he`, `lecun`, `glorot`: variance `weightVariance`/fan; `fixed`: deviation `std`; `orthogonal`, `delta-orthogonal`, `identity`: √`weightVariance` times such a
   * matrix; `fixup`: He, with the branches of residual networks scaled and closed by zero (Zhang, Dauphin & Ma 2019).
   */
  readonly scheme: Scheme;
  /** σ_w². */
  readonly weightVariance: number;
  /** σ_b². */
  readonly biasVariance: number;
  readonly fan: "in" | "out" | "average";
  readonly distribution: "normal" | "uniform" | "truncated-normal";
  readonly std?: number | undefined;
}

/** σ_w² of a scheme: LeCun 1998, Glorot & Bengio 2010, He 2015, Saxe 2013. */
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
  scheme: z.enum(SCHEMES).default("he").describe("the initialiser"),
  weightVariance: z.number().nonnegative().optional().describe("σ_w²: the variance of a weight times its fan (default: 2 for he, else 1)"),
  biasVariance: z.number().nonnegative().default(0).describe("σ_b²: the variance of a bias"),
  fan: z.enum(["in", "out", "average"]).optional().describe("what σ_w² is divided by (default: average for glorot, else in)"),
  distribution: z.enum(["normal", "uniform", "truncated-normal"]).default("normal").describe("the shape of the distribution; its deviation stays"),
  std: z.number().nonnegative().optional().describe("deviation of every weight, whatever its fan: needed by the scheme fixed, refused by the others"),
};
const given = z.strictObject(shape);
/** The fields of an init that is an object. */
export const INIT_FIELDS: Readonly<Record<string, z.ZodType>> = shape;

const complete = (g: z.output<typeof given>, c: z.RefinementCtx): Init => {
  if ((g.scheme === "fixed") !== (g.std !== undefined))
    c.addIssue({ code: "custom", path: ["std"], message: g.scheme === "fixed" ? "is needed by the scheme fixed" : "is for the scheme fixed only" });
  return { ...g, weightVariance: g.weightVariance ?? VARIANCE[g.scheme], fan: g.fan ?? (g.scheme === "glorot" ? "average" : "in") };
};

/** The field `init` of a spec: the name of a scheme, or an object. */
export const initSchema: z.ZodType<Init> = z
  .preprocess((v) => (typeof v === "string" ? { scheme: v } : v), given.transform(complete))
  .describe("initialiser: a scheme by name, or an object { scheme, weightVariance, biasVariance, fan, distribution, std }");

/** Gaussian, uniform or cut off, by the deviation. */
const distributed = (init: Init, deviation: number): Fill => ({ normal, uniform, "truncated-normal": truncatedNormal })[init.distribution](deviation);

/** How a weight of these fans is drawn; `scale` multiplies it. Delta-orthogonal weights need at least as many outputs as inputs: error `spec/invalid`. */
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

/** N(0, σ_b²). */
export const biasFill = (init: Init): Fill => (init.biasVariance === 0 ? constant(0) : normal(Math.sqrt(init.biasVariance)));
