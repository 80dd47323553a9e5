import * as z from "zod";
import { gradient } from "../../autodiff/network.js";
import type { Tensor, ValueType } from "../../graph/tensor.js";
import { clipped, lengthOf, totalLength } from "../../train/clip.js";
import type { ClipRule, Gradient } from "../../train/clip.js";
import { IsogradError } from "../../util/errors.js";
import type { MeasurementKind, Prepared, Subject, Tools } from "../measurement.js";
import { real, reals } from "../real.js";
import { openGraph } from "../../runtime/open-graph.js";
import { drawnLabels } from "../../data/drawn-batch.js";

/** Which rules are applied to one and the same step. */
export interface ClippingOptions {
  readonly rules: readonly ClipRule[];
}

/** What one rule makes of a step. */
export interface ClippedStep {
  /** ln ‖∂loss/∂W‖ of every matrix and kernel, input to output, after the rule. */
  readonly lnLayers: readonly number[];
  /** ln of the norm of the whole step. */
  readonly lnTotal: number;
  /** Of the step with the gradient itself: the share of the progress that a step of this length could make, to first order. */
  readonly cosine: number;
}

/** One step's gradients under every rule, in the order of the options. */
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

/** Gradients of the parameters of one step, before and after clipping by several rules. */
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
  const [whole, cut] = [totalLength(before), totalLength(after)];
  let product = 0;
  for (const [name, g] of before) {
    const { data } = after.get(name)!;
    for (let i = 0; i < data.length; i++) product += (g.data[i]! / whole) * (data[i]! / cut);
  }
  return {
    lnLayers: [...after.values()].filter((g) => g.shape.length > 1).map((g) => Math.log(lengthOf(g.data))),
    lnTotal: Math.log(cut),
    cosine: product,
  };
}
