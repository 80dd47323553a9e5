import * as z from "zod";
import { sizeOf, tensor } from "../../graph/tensor.js";
import { lnLength } from "../../probe/jacobian.js";
import { lossSurface } from "../../probe/loss-smoothness.js";
import { pathNetwork, smoothness as smoothnessAlongPaths } from "../../probe/smoothness.js";
import type { Smoothness } from "../../probe/smoothness.js";
import { stream } from "../../util/random.js";
import type { MeasurementKind, Prepared, Subject, Tools } from "../measurement.js";
import { real } from "../real.js";

/** Options: what is measured, and at how many points. */
export interface SmoothnessOptions {
  /** The network as a function of its input, its loss as a function of its parameters, or both. */
  readonly of: "function" | "loss" | "both";
  /** Number of steps on the path between two examples. */
  readonly steps: number;
  /** Number of random cotangents by which changes of the Jacobian are estimated. */
  readonly probes: number;
  /** Length of the step along the gradient over which its change is measured, relative to the norm of the parameters. */
  readonly step: number;
}

/** Smoothness of the function along paths between examples, and of the loss over the parameters; null where it was not requested. */
export interface SmoothnessResult {
  readonly function: Smoothness | null;
  /** For the cross-entropy with random labels of logits divided by their root mean square, so that networks of any scale have nearly the same loss. */
  readonly loss: {
    readonly loss: number;
    /** ln of the largest eigenvalue of the Hessian; NaN where it is not above 0. */
    readonly lnCurvature: number;
    /** ln of ‖change of the gradient‖/‖step‖, see `LossSmoothness.lipschitz`. */
    readonly lnLipschitz: number;
    /** ln ‖∇L‖. */
    readonly lnGradient: number;
  } | null;
}

/** Measures the smoothness of a network's function and of its loss. */
export const smoothness: MeasurementKind<SmoothnessOptions, SmoothnessResult> = {
  name: "smoothness",
  version: 1,
  summary: "How fast the Jacobian turns between data, trajectory length, ReLU regions; the loss's largest curvature and how fast its gradient turns.",
  options: z.strictObject({
    of: z.enum(["function", "loss", "both"]).default("function"),
    steps: z.number().int().min(1).max(10_000).default(16),
    probes: z.number().int().min(1).max(1000).default(1),
    step: z.number().positive().max(1).default(0.01),
  }),
  result: z.object({
    function: z
      .object({
        mixes: z.boolean(),
        lnJacobian: real,
        lnJacobianRaw: real,
        lnLength: real,
        lnLengthRaw: real,
        lnRegions: real.nullable(),
        lnGrowth: real,
      })
      .nullable(),
    loss: z.object({ loss: real, lnCurvature: real, lnLipschitz: real, lnGradient: real }).nullable(),
  }),
  prepare,
};

async function prepare(
  { bound, output }: Subject,
  { of, steps, probes, step }: SmoothnessOptions,
  tools: Tools,
): Promise<Prepared<SmoothnessResult>> {
  const network = pathNetwork(bound.graph, output, tools);
  const surface = of === "function" ? undefined : await lossSurface(bound, output, tools);
  return {
    measure: async ({ inputs, weights, seed, batchSeed }) => {
      const at = { inputs, weights };
      const along = of === "loss" ? null : await smoothnessAlongPaths(network, at, { steps, probes, seed });
      if (!surface) return { function: along, loss: null };
      const logits = await network.d.value(at);
      const rms = Math.exp(lnLength([logits]) - 0.5 * Math.log(logits.length));
      const classes = network.d.to.shape[1]!;
      const random = stream(batchSeed, "labels");
      const labels = tensor(
        network.d.to.dtype,
        network.d.to.shape,
        Float64Array.from({ length: sizeOf(network.d.to.shape) }, (_, i) =>
          Math.floor(random.uniform(Math.floor(i / classes)) * classes) === i % classes ? 1 : 0,
        ),
      );
      const found = await surface.measure({ ...at, scale: rms > 0 ? 1 / rms : 1, labels, step, seed });
      const { loss, curvature, lipschitz, gradient } = found;
      return {
        function: along,
        loss: { loss, lnCurvature: curvature > 0 ? Math.log(curvature) : NaN, lnLipschitz: Math.log(lipschitz), lnGradient: Math.log(gradient) },
      };
    },
    dispose: async () => {
      await surface?.dispose();
      await network.d.dispose();
    },
  };
}
