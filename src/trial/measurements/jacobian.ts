import * as z from "zod";
import { differential, rowsMix } from "../../probe/differential.js";
import { allSingularValues, jacobianOfBatch, jacobianOfExample, largestSingularValues, precisionOf } from "../../probe/jacobian.js";
import type { MeasurementKind } from "../measurement.js";
import { real, realsOrNull } from "../real.js";

/** What can be asked of a Jacobian. */
export interface JacobianOptions {
  /** All singular values, from the whole matrix; or the largest alone, by products with it. `auto`: all up to 256 inputs or outputs. */
  readonly values: "auto" | "all" | "largest";
  /** How many of the largest. */
  readonly largest: number;
}

/** Singular values of ∂x_L/∂x_0, the derivative of the network's output by its input. */
export interface JacobianResult {
  /** Of the first example alone, or of the whole batch where the network mixes its examples. */
  readonly over: "example" | "batch";
  /** Columns and rows of the Jacobian: elements of the input and the output. */
  readonly from: number;
  readonly to: number;
  readonly method: "all" | "largest";
  /** ln σ, the largest first; null where rounding hides it. */
  readonly lnSingular: readonly (number | null)[];
  /** ln of the largest and the smallest of all; null where it was not found. */
  readonly lnLargest: number | null;
  readonly lnSmallest: number | null;
  /** ½ ln Σσ²; null unless all were computed. */
  readonly lnFrobenius: number | null;
  readonly converged: boolean;
}

/** A Jacobian of more inputs and outputs than this is not written out unless asked for. */
const WHOLE = 256;

/** Singular values of the input–output Jacobian. */
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
