import * as z from "zod";
import { differential } from "../../probe/differential.js";
import { sensitivity as answers } from "../../probe/sensitivity.js";
import type { Sensitivity } from "../../probe/sensitivity.js";
import type { MeasurementKind } from "../measurement.js";
import { real } from "../real.js";

/** How the input is perturbed. */
export interface SensitivityOptions {
  /** Length of a perturbation in shares of the example's own. */
  readonly size: number;
  /** Directions drawn of each kind. */
  readonly directions: number;
  /** Share of the variance that the data's principal subspace holds. */
  readonly share: number;
}

const answer = z.object({ raw: real, relative: real });

/** How the output answers perturbations of the input. */
export const sensitivity: MeasurementKind<SensitivityOptions, Sensitivity> = {
  name: "sensitivity",
  version: 1,
  summary:
    "How the output answers perturbations of the input: in all directions, inside and off the data's principal subspace, of one example and of all.",
  options: z.strictObject({
    size: z.number().positive().max(10).default(0.01),
    directions: z.number().int().min(1).max(1000).default(2),
    share: z.number().positive().max(1).default(0.99),
  }),
  result: z.object({
    mixes: z.boolean(),
    subspace: z.number(),
    isotropic: answer,
    inside: answer.nullable(),
    off: answer.nullable(),
    alone: answer.extend({ others: real }),
    lnForward: real,
    lnBackward: real,
  }),
  prepare: ({ bound, output }, options, tools) => {
    const d = differential(bound.graph, output, tools);
    return Promise.resolve({
      measure: ({ inputs, weights, seed }) => answers(d, { inputs, weights }, { ...options, seed }),
      dispose: () => d.dispose(),
    });
  },
};
