import * as z from "zod";
import { differential, rowsMix } from "../../probe/differential.js";
import { allSingularValues, jacobianOfBatch, jacobianOfExample, largestSingularValues, precisionOf } from "../../probe/jacobian.js";
import type { MeasurementKind } from "../measurement.js";
import { real, realsOrNull } from "../real.js";

/** Options: which singular values are computed. */
export interface JacobianOptions {
  /** All singular values, from the whole matrix, or the largest only, by products with it. `auto`: all where inputs or outputs are at most 256. */
  readonly values: "auto" | "all" | "largest";
  /** Number of the largest singular values. */
  readonly largest: number;
}

/** Singular values of the input–output Jacobian ∂x_L/∂x_0. */
export interface JacobianResult {
  /** The Jacobian of the first example, or of the whole batch where examples influence each other. */
  readonly over: "example" | "batch";
  /** Numbers of columns (elements of the input) and rows (elements of the output) of the Jacobian. */
  readonly from: number;
  readonly to: number;
  readonly method: "all" | "largest";
  /** ln σ, the largest first; null where it lies below rounding. */
  readonly lnSingular: readonly (number | null)[];
  /** ln of the largest and of the smallest singular value; null where it was not found. */
  readonly lnLargest: number | null;
  readonly lnSmallest: number | null;
  /** ln ‖J‖_F = ½ ln Σσ²; null unless all were computed. */
  readonly lnFrobenius: number | null;
  readonly converged: boolean;
}

/** With `auto`, a Jacobian with more inputs and more outputs than this is not computed whole. */
const WHOLE = 256;

/** Measures singular values of the input–output Jacobian. */
export const jacobian: MeasurementKind<JacobianOptions, JacobianResult> = {
  name: "jacobian",
  version: 1,
  summary: "Singular values of the derivative of the output by the input, for one example.",
  options: z.strictObject({
    values: z.enum(["auto", "all", "largest"]).default("auto"),
    largest: z.number().int().min(1).max(64).default(1),
  }),
  result: z.object({
    over: z.enum(["example", "batch"]),
    from: z.number(),
    to: z.number(),
    method: z.enum(["all", "largest"]),
    lnSingular: realsOrNull,
    lnLargest: real.nullable(),
    lnSmallest: real.nullable(),
    lnFrobenius: real.nullable(),
    converged: z.boolean(),
  }),
  prepare: ({ bound, output }, options, tools) => {
    const d = differential(bound.graph, output, tools);
    return Promise.resolve({
      measure: async ({ inputs, weights, seed }) => {
        const at = { inputs, weights };
        const mixes = await rowsMix(d, at);
        const map = mixes ? jacobianOfBatch(d, at) : jacobianOfExample(d, at);
        const size = Math.min(map.from, map.to);
        const method = options.values === "auto" ? (size <= WHOLE ? "all" : "largest") : options.values;
        const found =
          method === "all" ? await allSingularValues(map, precisionOf(d)) : await largestSingularValues(map, { count: options.largest, seed });
        return {
          over: mixes ? "batch" : "example",
          from: map.from,
          to: map.to,
          method,
          lnSingular: found.ln,
          lnLargest: found.ln[0] ?? null,
          lnSmallest: found.ln.length === size ? found.ln[size - 1]! : null,
          lnFrobenius: found.lnFrobenius,
          converged: found.converged,
        };
      },
      dispose: () => d.dispose(),
    });
  },
};
