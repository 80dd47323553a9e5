import * as z from "zod";
import { pathSharesGraph } from "../../probe/path-shares.js";
import type { PathShares } from "../../probe/path-shares.js";
import { cotangentRun } from "../cotangent-run.js";
import type { MeasurementKind } from "../measurement.js";
import { real, reals } from "../real.js";

/** Measures the squared gradient of a residual network by the number of branches on its paths. */
export const pathShares: MeasurementKind<Record<string, never>, PathShares> = {
  name: "path-shares",
  version: 1,
  summary: "The squared gradient of a residual network by the number of branches that its paths cross.",
  options: z.strictObject({}),
  result: z.object({ lnSquares: reals, lnSum: real, lnGradient: real, residue: real }),
  prepare: async ({ bound, structure, examples }, _, tools) => {
    const paths = pathSharesGraph(bound, structure, examples);
    const { run, dispose } = await cotangentRun(paths, tools);
    return { measure: async (draw) => paths.read(await run(draw)), dispose };
  },
};
