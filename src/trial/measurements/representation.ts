import * as z from "zod";
import { openGraph } from "../../runtime/open-graph.js";
import { representationGraph } from "../../probe/representation.js";
import type { Representation } from "../../probe/representation.js";
import type { MeasurementKind } from "../measurement.js";
import { reals, realsOrNull } from "../real.js";

/** Options: the number of boundaries, evenly spaced over depth, with both ends. */
export interface RepresentationOptions {
  readonly boundaries: number;
}

/** Measures the effective rank of the examples' features at boundaries of blocks, and linear centred kernel alignment (CKA) between them. */
export const representation: MeasurementKind<RepresentationOptions, Representation> = {
  name: "representation",
  version: 1,
  summary: "Effective rank of the examples' features at blocks, and how alike the features of blocks are (linear CKA).",
  options: z.strictObject({ boundaries: z.number().int().min(2).max(1000).default(5) }),
  result: z.object({ boundaries: reals, rank: reals, centredRank: reals, before: realsOrNull, first: reals }),
  prepare: async ({ bound, structure, examples }, { boundaries }, tools) => {
    const made = representationGraph(bound.graph, structure, examples, boundaries);
    const { run, dispose } = await openGraph(made.graph, tools);
    return {
      measure: async ({ weights, inputs }) => {
        const values = await run(inputs, weights);
        return made.read((name) => values.get(name)!);
      },
      dispose,
    };
  },
};
