import * as z from "zod";
import type { ValueType } from "../../graph/tensor.js";
import { measurerOf } from "../../probe/measure.js";
import { lnSum } from "../../math/statistics.js";
import type { MeasureRequest, Measurement } from "../../probe/measurement.js";
import { lnActivationOf, lnGradientOf, lnScaleFreeOf } from "../../probe/flow.js";
import { profileBlocks } from "../../probe/profile.js";
import type { Structure } from "../../structure/types.js";
import { mean } from "../../math/statistics.js";
import type { MeasurementKind, Prepared, Subject, Tools } from "../measurement.js";
import { real, reals, realsOrNull } from "../real.js";
import { drawnLabels } from "../../data/drawn-batch.js";

/** Options of a profile. */
export interface ProfileOptions {
  /** The loss that is differentiated; `none`: random cotangents of the output, from N(0, 1). */
  readonly loss: "none" | "cross-entropy" | "mse" | "sum";
  /** How many cotangents are drawn and averaged over (their squares), where there is no loss. */
  readonly cotangents: number;
  /** Whether to measure the gradients of the parameters too: a third more work. */
  readonly parameters: boolean;
}

/** Gradient and activation over depth, in natural logarithms of norms; lists run over the cuts of the trunk, from the input to the output. */
export interface ProfileResult {
  /** Null where cotangents are drawn. */
  readonly loss: number | null;
  /** Whether the backward pass had to be rescaled to stay in range: the numbers are the true ones either way. */
  readonly rescaled: boolean;
  /** ln ‖∂loss/∂x‖ over the whole batch; −Infinity where it is exactly zero. */
  readonly lnGradient: readonly number[];
  /** Mean over the examples of ln ‖∂loss/∂x_example‖, with which laws for one example are compared; −Infinity where one is exactly zero. */
  readonly lnGradientByExample: readonly number[];
  /** ½ ln mean x² over the whole batch. */
  readonly lnActivation: readonly number[];
  /** ln of the gradient scale coefficient from here to the output, mean over the examples; null where it is not defined. */
  readonly lnScaleFree: readonly (number | null)[];
  /** Mean cosine between two examples. */
  readonly cosine: readonly (number | null)[];
  /** Share of mean x² that differs between examples. */
  readonly centredShare: readonly (number | null)[];
  /** Indices of the cuts between which the blocks of the body lie: one more than blocks. */
  readonly body: readonly number[];
  /** For every block of the body ln of the norm of the gradient at its input through its branch alone; null where it has none. */
  readonly lnBranch: readonly (number | null)[];
  /** ln ‖∂loss/∂W‖ of every parameter, by name; absent unless asked for. */
  readonly parameters?: Readonly<Record<string, number>> | undefined;
}

/** Gradient and activation profile, scale-free gradient, collapse, branches, loss and gradients of parameters. */
export const profile: MeasurementKind<ProfileOptions, ProfileResult> = {
  name: "profile",
  version: 2,
  summary: "Gradient and activation over depth, with collapse of the examples and the gradients of parameters.",
  options: z.strictObject({
    loss: z.enum(["none", "cross-entropy", "mse", "sum"]).default("none"),
    cotangents: z.number().int().min(1).max(1000).default(1),
    parameters: z.boolean().default(false),
  }),
  result: z.object({
    loss: real.nullable(),
    rescaled: z.boolean(),
    lnGradient: reals,
    lnGradientByExample: reals,
    lnActivation: reals,
    lnScaleFree: realsOrNull,
    cosine: realsOrNull,
    centredShare: realsOrNull,
    body: reals,
    lnBranch: realsOrNull,
    parameters: z.record(z.string(), real).optional(),
  }),
  prepare: (subject, options, tools) => Promise.resolve(prepare(subject, options, tools)),
};

function prepare(subject: Subject, options: ProfileOptions, tools: Tools): Prepared<ProfileResult> {
  const { bound, structure, examples, output } = subject;
  const labels = labelsType(bound.graph.types.get(output)!, options);
  const request: MeasureRequest = {
    examples,
    ...(options.loss === "none" ? {} : { loss: { kind: options.loss } }),
    ...(labels ? { labels } : {}),
    omit: ["elements", "units", ...(options.parameters ? [] : (["parameters"] as const))],
  };
  const cotangents = Array.from({ length: options.cotangents }, (_, k) => `cotangent/0/${k}`);
  const { measure, dispose } = measurerOf({ bound, structure, request, ...tools }, { keep: true });
  return {
    measure: async ({ inputs, weights, seed, batchSeed }) => {
      const drawn = labels ? { labels: (classes: number | undefined) => drawnLabels(labels, classes, batchSeed) } : {};
      const { measurements, rescaled } = await measure([{ inputs, weights, seed, cotangents, ...drawn }]);
      return resultOf(structure, measurements[0]!, rescaled, options.parameters);
    },
    dispose,
  };
}

/** Labels for logits [N, K]: [N]; [N, T, K]: [N, T]; [N, K, …]: [N, …]. A target has the shape of the output. */
function labelsType(output: ValueType, { loss }: ProfileOptions): ValueType | undefined {
  if (loss === "mse") return output;
  if (loss !== "cross-entropy") return undefined;
  const axis = output.shape.length === 3 ? 2 : 1;
  return { dtype: "int64", shape: output.shape.filter((_, i) => i !== axis) };
}

function resultOf(structure: Structure, m: Measurement, rescaled: boolean, parameters: boolean): ProfileResult {
  const last = m.cuts[m.cuts.length - 1]!;
  const blocks = profileBlocks(structure);
  return {
    loss: m.loss ?? null,
    rescaled,
    lnGradient: m.cuts.map(lnGradientOf),
    lnGradientByExample: m.cuts.map((c) => (c.lnGradientSquares ? 0.5 * mean(c.lnGradientSquares) : -Infinity)),
    lnActivation: m.cuts.map(lnActivationOf),
    lnScaleFree: m.cuts.map((c) => lnScaleFreeOf(c, last)),
    cosine: m.cuts.map((c) => c.collapse.cosine),
    centredShare: m.cuts.map((c) => c.collapse.centredShare),
    body: blocks.length === 0 ? [] : [blocks[0]!.from, ...blocks.map((b) => b.to)],
    lnBranch: structure.blocks.flatMap((b, i) => (blocks.includes(b) ? [m.branches[i] ? 0.5 * lnSum(m.branches[i]) : null] : [])),
    ...(parameters ? { parameters: Object.fromEntries(m.parameters.map((p) => [p.parameter.name, p.lnGradient])) } : {}),
  };
}
