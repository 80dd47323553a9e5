import * as z from "zod";
import { tensor } from "../../graph/tensor.js";
import { blockFitGraph } from "../../probe/block-fit.js";
import type { BlockFit } from "../../probe/block-fit.js";
import { openGraph } from "../../runtime/open-graph.js";
import { stream } from "../../util/random.js";
import type { MeasurementKind } from "../measurement.js";
import { real } from "../real.js";

/** Options of the fit. */
export interface BlockFitOptions {
  /** Number of features ReLU(W·x) of a fitted block (default: the number of outputs). */
  readonly hidden?: number | undefined;
}

/** Fits plain and residual blocks with random features to the function of a network, usually of one block. */
export const blockFit: MeasurementKind<BlockFitOptions, BlockFit> = {
  name: "block-fit",
  version: 2,
  summary: "How far plain and residual blocks, fitted by least squares, miss the function of a network.",
  options: z.strictObject({ hidden: z.number().int().min(1).optional() }),
  result: z.object({ change: real, output: real, plain: real, residual: real }),
  prepare: async ({ bound, output, examples }, { hidden }, tools) => {
    const made = blockFitGraph(bound.graph, output, examples, hidden ?? bound.graph.types.get(output)!.shape.at(-1)!);
    const { run, dispose } = await openGraph(made.graph, tools);
    return {
      measure: async ({ weights, inputs, seed }) => {
        const { dtype, shape } = made.featuresType;
        const normals = stream(seed, "block-fit/features");
        const deviation = Math.sqrt(2 / shape[0]!);
        const features = Float64Array.from({ length: shape[0]! * shape[1]! }, (_, i) => deviation * normals.normal(i));
        const values = await run(new Map([...inputs, [made.featuresInput, tensor(dtype, shape, features)]]), weights);
        return made.read((name) => values.get(name)!);
      },
      dispose,
    };
  },
};
