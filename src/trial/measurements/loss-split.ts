import * as z from "zod";
import { sizeOf, tensor } from "../../graph/tensor.js";
import type { Tensor, ValueType } from "../../graph/tensor.js";
import { differential, floatInput, rowsMix } from "../../probe/differential.js";
import { lnLength } from "../../probe/jacobian.js";
import { lossGraph, splitOf } from "../../probe/loss-split.js";
import type { LossGraph } from "../../probe/loss-split.js";
import { lnSum } from "../../math/statistics.js";
import { profileBlocks } from "../../probe/profile.js";
import type { Structure } from "../../structure/types.js";
import { IsogradError } from "../../util/errors.js";
import { stream } from "../../util/random.js";
import type { Draw, MeasurementKind } from "../measurement.js";
import { real } from "../real.js";
import { openGraph } from "../../runtime/open-graph.js";
import { drawnLabels } from "../../data/drawn-batch.js";

/** Options: the loss, and how it is set to several levels without a change of the network. */
export interface LossSplitOptions {
  readonly loss: "cross-entropy" | "mse";
  /**
   * What a level is. `margin`: a number added to the logit of the right class (cross-entropy; the default); `temperature`: a divisor of all logits; `distance`:
   * the factor of N(0, 1) deviations of the target from the logits (mse; the default). With a temperature the target of mse is itself drawn from N(0, 1). The
   * network and its Jacobian are the same at every level, except that a temperature divides the Jacobian.
   */
  readonly by?: "margin" | "temperature" | "distance" | undefined;
  readonly levels?: readonly number[] | undefined;
  /** Whether to divide the logits by their root mean square over the batch, so that networks of any scale have similar losses at the same levels. */
  readonly unit: boolean;
}

/** The squared gradient at the input split into factors, at every level of the loss. Natural logarithms of squares. */
export interface LossSplitResult {
  /** ln (‖J‖_F²/K) of J = ∂z′/∂x_0 at temperature 1, mean over the examples: the squared gain of the Jacobian for an isotropic gradient at the logits. */
  readonly lnIsotropic: number;
  readonly levels: readonly LossLevel[];
}

/** One level of the loss; its numbers are those of `LossSplit`, with `ratio` as `lowest` and `highest`. */
export interface LossLevel {
  readonly level: number;
  readonly loss: number;
  readonly lnInput: number;
  readonly lnLogits: number;
  readonly lnJacobian: number;
  readonly lnCovariance: number;
  readonly lnGrowth: number | null;
  readonly lowest: number | null;
  readonly highest: number | null;
}

type Complete = Required<{ readonly [K in keyof LossSplitOptions]: NonNullable<LossSplitOptions[K]> }>;

const USUAL: Readonly<Record<Complete["by"], readonly number[]>> = {
  margin: [-8, -4, 0, 4, 8],
  temperature: [0.1, 0.3, 1, 3, 10],
  distance: [0.01, 0.1, 1, 10, 100],
};

/** Measures the gradient at the input as the product of the gradient at the logits and the Jacobian's gain, over levels of the loss. */
export const lossSplit: MeasurementKind<LossSplitOptions, LossSplitResult> = {
  name: "loss-split",
  version: 1,
  summary: "The gradient at the input split into that at the logits and the Jacobian's factor, while the loss is set to several levels.",
  options: z.strictObject({
    loss: z.enum(["cross-entropy", "mse"]).default("cross-entropy"),
    by: z.enum(["margin", "temperature", "distance"]).optional(),
    levels: z.array(z.number()).min(1).max(64).optional(),
    unit: z.boolean().default(true),
  }),
  result: z.object({
    lnIsotropic: real,
    levels: z.array(
      z.object({
        level: z.number(),
        loss: real,
        lnInput: real,
        lnLogits: real,
        lnJacobian: real,
        lnCovariance: real,
        lnGrowth: real.nullable(),
        lowest: real.nullable(),
        highest: real.nullable(),
      }),
    ),
  }),
  prepare: async ({ bound, structure, output, examples }, given, tools) => {
    const options = completed(given);
    const input = floatInput(bound.graph);
    const made = lossGraph(bound.graph, { kind: options.loss, output, input, trunk: endOfBody(structure), examples });
    const d = differential(bound.graph, output, tools);
    const { run, dispose } = await openGraph(made.graph, tools);
    return {
      measure: async (draw) => {
        const at = { inputs: draw.inputs, weights: draw.weights };
        if (await rowsMix(d, at))
          throw new IsogradError("spec/invalid", "the network mixes the examples of a batch: no example has a loss gradient of its own", {
            at: [bound.graph.name],
            fix: "measure loss-split on a network without batch norm",
          });
        const logits = await d.value(at);
        const divisor = options.unit ? rootMeanSquare(logits) : 1;
        const levels: LossLevel[] = [];
        for (const level of options.levels) {
          const values = await run(feedsAt(level, options, made, { type: d.to, logits, divisor }, draw), draw.weights);
          const { ratio, ...split } = splitOf(options.loss, made.read((name) => values.get(name)!)); // prettier-ignore
          levels.push({ level, ...split, lowest: ratio?.[0] ?? null, highest: ratio?.[1] ?? null });
        }
        return { lnIsotropic: (await isotropic(d, at, examples)) - 2 * Math.log(divisor), levels };
      },
      dispose: async () => {
        await dispose();
        await d.dispose();
      },
    };
  },
};

function completed({ loss, by = loss === "mse" ? "distance" : "margin", levels = USUAL[by], unit }: LossSplitOptions): Complete {
  if ((by === "margin" && loss === "mse") || (by === "distance" && loss === "cross-entropy"))
    throw new IsogradError("spec/invalid", `the loss ${loss} has no ${by}`, {
      at: ["measure loss-split", "by"],
      expected: loss === "mse" ? "distance or temperature" : "margin or temperature",
    });
  if (by === "temperature" && levels.some((t) => t === 0))
    throw new IsogradError("spec/invalid", "a temperature is not 0", { at: ["measure loss-split", "levels"] });
  return { loss, by, levels, unit };
}

/** The values at the end of the last block before the head. */
function endOfBody(structure: Structure): readonly string[] {
  const blocks = profileBlocks(structure);
  const last = blocks[blocks.length - 1];
  const cut = last && structure.trunk[last.to];
  return cut?.exact === true ? cut.values : [];
}

const rootMeanSquare = (v: ArrayLike<number>): number => {
  const ln = lnLength([v]) - 0.5 * Math.log(v.length);
  return ln === -Infinity ? 1 : Math.exp(ln);
};

interface Logits {
  readonly type: ValueType;
  readonly logits: ArrayLike<number>;
  readonly divisor: number;
}

function feedsAt(level: number, { by, loss }: Complete, names: LossGraph, { type, logits, divisor }: Logits, draw: Draw): Map<string, Tensor> {
  const classes = type.shape[1]!;
  const filled = (f: (e: number, k: number) => number): Tensor =>
    tensor(
      type.dtype,
      type.shape,
      Float64Array.from({ length: sizeOf(type.shape) }, (_, i) => f(Math.floor(i / classes), i % classes)),
    );
  const random = stream(draw.batchSeed, "labels");
  const labels = drawnLabels({ dtype: "int64", shape: type.shape.slice(0, 1) }, classes, draw.batchSeed).data;
  const right = (e: number, k: number): number => (labels[e] === k ? 1 : 0);
  const aim = (i: number): number => (by === "distance" ? logits[i]! / divisor + level * random.normal(i) : random.normal(i));
  return new Map([
    ...draw.inputs,
    [names.scale, tensor(type.dtype, [], [1 / divisor / (by === "temperature" ? level : 1)])],
    [names.shift, filled((e, k) => (by === "margin" ? level * right(e, k) : 0))],
    [names.target, filled((e, k) => (loss === "mse" ? aim(e * classes + k) : right(e, k)))],
  ]);
}

/** The mean over the examples of ln (‖J‖_F²/K), J = ∂z/∂x_0, from Jᵀ·e for every class. Assumes that examples do not influence each other. */
async function isotropic(
  d: ReturnType<typeof differential>,
  at: { readonly inputs: Draw["inputs"]; readonly weights: Draw["weights"] },
  examples: number,
): Promise<number> {
  const classes = d.to.shape[1]!;
  const parts: number[][] = Array.from({ length: examples }, () => []);
  for (let k = 0; k < classes; k++) {
    const { cotangent } = await d.vjp(
      at,
      Float64Array.from({ length: sizeOf(d.to.shape) }, (_, i) => (i % classes === k ? 1 : 0)),
    );
    const size = cotangent.length / examples;
    parts.forEach((p, e) => p.push(2 * lnLength([cotangent.subarray(e * size, (e + 1) * size)])));
  }
  return parts.reduce((s, p) => s + lnSum(p), 0) / examples - Math.log(classes);
}
