import * as z from "zod";
import { skipCosineGraph } from "../../probe/skip-cosine.js";
import type { SkipCosine } from "../../probe/skip-cosine.js";
import { cotangentRun } from "../cotangent-run.js";
import type { MeasurementKind } from "../measurement.js";
import { realsOrNull } from "../real.js";

/** Compares the gradient that shortcuts alone carry with the true one. */
export const skipCosine: MeasurementKind<Record<string, never>, SkipCosine> = {
  name: "skip-cosine",
  version: 1,
  summary: "Cosine and relative error of the gradient that shortcuts alone carry, against the true one.",
  options: z.strictObject({}),
  result: z.object({ cosine: realsOrNull, relativeError: realsOrNull }),
  prepare: async ({ bound, structure, examples }, _, tools) => {
    const skips = skipCosineGraph(bound, structure, examples);
    const { run, dispose } = await cotangentRun(skips, tools);
    return { measure: async (draw) => skips.read(await run(draw)), dispose };
  },
};
