import * as z from "zod";
import { sizeOf, tensor } from "../../graph/tensor.js";
import type { Tensor, ValueType } from "../../graph/tensor.js";
import { openGraph } from "../../runtime/open-graph.js";
import { withCotangent } from "../../probe/cotangent.js";
import { shatteringGraph } from "../../probe/shattering.js";
import type { Masks, Shattering } from "../../probe/shattering.js";
import { stream } from "../../util/random.js";
import type { Stream } from "../../util/random.js";
import type { MeasurementKind } from "../measurement.js";
import { real } from "../real.js";

/** Options of the comparison of gradients. */
export interface ShatteringOptions {
  /** The ReLUs' own masks, or masks drawn independently for every example, open with probability ½. */
  readonly masks: Masks;
  /** Number of random cotangents over which the result is averaged. */
  readonly cotangents: number;
}

/** Measures the similarity of the input gradients of examples that have the same cotangent at the output. */
export const shattering: MeasurementKind<ShatteringOptions, Shattering> = {
  name: "shattering",
  version: 1,
  summary: "Correlation of the input gradients of two examples that get the same cotangent.",
  options: z.strictObject({
    masks: z.enum(["own", "independent"]).default("own"),
    cotangents: z.number().int().min(1).max(100).default(4),
  }),
  result: z.object({ gradients: real.nullable(), inputs: real.nullable(), outputs: real.nullable() }),
  prepare: async ({ bound, output, examples }, { masks, cotangents }, tools) => {
    const made = shatteringGraph(bound.graph, output, examples, masks);
    const { run, dispose } = await openGraph(made.graph, tools);
    return {
      measure: async ({ weights, inputs, seed }) => {
        const read: Shattering[] = [];
        for (let k = 0; k < cotangents; k++) {
          const feeds = withCotangent(made, inputs, seed, `shattering/cotangent/${k}`);
          for (const [name, type] of made.masks) feeds.set(name, coins(type, stream(seed, `shattering/${k}/${name}`)));
          const values = await run(feeds, weights);
          read.push(made.read((name) => values.get(name)!));
        }
        const defined = read.flatMap((r) => (r.gradients === null ? [] : [r.gradients]));
        const gradients = defined.length === 0 ? null : defined.reduce((s, v) => s + v, 0) / defined.length;
        return { ...read[0]!, gradients };
      },
      dispose,
    };
  },
};

const filled = ({ dtype, shape }: ValueType, value: (i: number) => number): Tensor =>
  tensor(
    dtype,
    shape,
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => value(i)),
  );

/** 0 or 1, each with probability ½. */
const coins = (type: ValueType, random: Stream): Tensor => filled(type, (i) => (random.uniform(i) < 0.5 ? 1 : 0));
