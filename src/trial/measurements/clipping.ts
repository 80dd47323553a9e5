import * as z from "zod";
import { gradient } from "../../autodiff/network.js";
import type { Tensor, ValueType } from "../../graph/tensor.js";
import { clipped, euclideanNorm, globalNorm } from "../../train/clip.js";
import type { ClipRule, Gradient } from "../../train/clip.js";
import { IsogradError } from "../../util/errors.js";
import type { MeasurementKind, Prepared, Subject, Tools } from "../measurement.js";
import { real, reals } from "../real.js";
import { openGraph } from "../../runtime/open-graph.js";
import { drawnLabels } from "../../data/drawn-batch.js";

/** The clipping rules that are applied to the same step. */
export interface ClippingOptions {
  readonly rules: readonly ClipRule[];
}

/** A step after clipping by one rule; natural logarithms of norms. */
export interface ClippedStep {
  /** ln ‖∂loss/∂W‖ of every matrix and kernel after clipping, from input to output. */
  readonly lnLayers: readonly number[];
  /** ln of the norm of the whole step. */
  readonly lnTotal: number;
  /** Cosine of the clipped and the unclipped gradient: to first order the decrease of the loss relative to the best step of the same length. */
  readonly cosine: number;
}

/** The loss, and one step clipped by every rule, in the order of the options. */
export interface ClippingResult {
  readonly loss: number;
  readonly steps: readonly ClippedStep[];
}

const positive = z.number().positive();
const rule = z.discriminatedUnion("rule", [
  z.strictObject({ rule: z.literal("none") }),
  z.strictObject({ rule: z.literal("value"), at: positive }),
  z.strictObject({ rule: z.literal("global"), norm: positive }),
  z.strictObject({ rule: z.literal("layer"), norm: positive }),
  z.strictObject({ rule: z.literal("adaptive"), lambda: positive, epsilon: positive.optional() }),
]);

/** Measures the gradients of the parameters in one step after clipping by several rules. */
export const clipping: MeasurementKind<ClippingOptions, ClippingResult> = {
  name: "clipping",
  version: 1,
  summary: "The gradients of one step's parameters under several rules of clipping.",
  options: z.strictObject({
    rules: z
      .array(rule)
      .min(1)
      .default([{ rule: "none" }, { rule: "global", norm: 1 }]),
  }),
  result: z.object({ loss: real, steps: z.array(z.object({ lnLayers: reals, lnTotal: real, cosine: real })) }),
  prepare,
};

async function prepare({ bound, output }: Subject, { rules }: ClippingOptions, tools: Tools): Promise<Prepared<ClippingResult>> {
  const type = bound.graph.types.get(output)!;
  const classes = type.shape[type.shape.length - 1]!;
  if (type.shape.length !== 2)
    throw new IsogradError("spec/invalid", "a step is clipped on a network that ends in classes", { expected: "an output [N, K]", received: type.shape.join(" × ") }); // prettier-ignore
  const labels: ValueType = { dtype: "int64", shape: [type.shape[0]!] };
  const made = gradient(bound, { loss: { kind: "cross-entropy" }, labels });
  const { run, dispose } = await openGraph(made.graph, tools);
  return {
    measure: async (draw) => {
      const feeds = new Map(draw.inputs);
      if (made.labelsInput !== undefined) feeds.set(made.labelsInput, drawnLabels(labels, classes, draw.batchSeed));
      const values = await run(feeds, draw.weights);
      const gradients = new Map<string, Gradient>();
      for (const [name, output] of made.grads) if (output !== undefined) gradients.set(name, values.get(output) as Tensor & Gradient);
      const weights = new Map([...draw.weights].map(([name, t]) => [name, { data: t.data }]));
      return {
        loss: Number(values.get(made.loss)!.data[0]),
        steps: rules.map((r) => stepOf(gradients, clipped(gradients, r, weights))),
      };
    },
    dispose,
  };
}

function stepOf(before: ReadonlyMap<string, Gradient>, after: ReadonlyMap<string, Gradient>): ClippedStep {
  const [whole, cut] = [globalNorm(before), globalNorm(after)];
  let product = 0;
  for (const [name, g] of before) {
    const { data } = after.get(name)!;
    for (let i = 0; i < data.length; i++) product += (g.data[i]! / whole) * (data[i]! / cut);
  }
  return {
    lnLayers: [...after.values()].filter((g) => g.shape.length > 1).map((g) => Math.log(euclideanNorm(g.data))),
    lnTotal: Math.log(cut),
    cosine: product,
  };
}
