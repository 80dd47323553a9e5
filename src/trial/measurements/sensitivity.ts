import * as z from "zod";
import { differential } from "../../probe/differential.js";
import { sensitivity as measureSensitivity } from "../../probe/sensitivity.js";
import type { Sensitivity } from "../../probe/sensitivity.js";
import type { MeasurementKind } from "../measurement.js";
import { real } from "../real.js";

/** Options: the perturbations of the input. */
export interface SensitivityOptions {
  /** Length of a perturbation relative to the example's own. */
  readonly size: number;
  /** Number of random directions of each kind. */
  readonly directions: number;
  /** Share of the variance in the data's principal subspace, 0 … 1. */
  readonly share: number;
}

const response = z.object({ raw: real, relative: real });

/** Measures the response of the output to perturbations of the input. */
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
    isotropic: response,
    inside: response.nullable(),
    off: response.nullable(),
    alone: response.extend({ others: real }),
    lnForward: real,
    lnBackward: real,
  }),
  prepare: ({ bound, output }, options, tools) => {
    const d = differential(bound.graph, output, tools);
    return Promise.resolve({
      measure: ({ inputs, weights, seed }) => measureSensitivity(d, { inputs, weights }, { ...options, seed }),
      dispose: () => d.dispose(),
    });
  },
};
