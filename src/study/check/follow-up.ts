import type { LossSpec } from "../../autodiff/loss.js";
import { feedsFor } from "../../data/batch.js";
import type { CheckReadings } from "../../probe/check-readings.js";
import { largestCurvature } from "../../probe/curvature.js";
import { firstNonFinite } from "../../probe/first-non-finite.js";
import type { NonFinite } from "../../probe/first-non-finite.js";
import { feedsOf, replicatesOf } from "../../probe/measure.js";
import type { MeasureRun } from "../../probe/measure.js";
import { measurementGraph } from "../../probe/measurement.js";
import { defined } from "../../util/defined.js";

// What is measured only where there is reason to.

/** Tells whether a gradient or an activation of the trunk is not finite. */
export const hasNonFinite = ({ readings, places }: CheckReadings): boolean =>
  places.cuts.some((site) =>
    [...readings.select("ln-gradient", site), ...readings.select("ln-norm", site)].some(({ value }) => Number.isNaN(value) || value === Infinity),
  );

/** Returns the first value that is not finite, in the plain gradient graph on the first batch. */
export async function nonFiniteOf(run: MeasureRun): Promise<NonFinite | undefined> {
  run.onProgress?.("looking for the first value that is not finite");
  const made = measurementGraph(run.bound, run.structure, run.request);
  const [first] = replicatesOf(run);
  return firstNonFinite(made.graph, feedsOf(made, first!), run.runtime, run.request.examples);
}

/** Returns the largest eigenvalue of the loss's Hessian over the parameters, on the first batch. */
export function curvatureOf(run: MeasureRun, loss: LossSpec): Promise<number> {
  const { bound, request, batches, runtime, seed, memoryLimit, labels, onProgress } = run;
  return largestCurvature({
    bound,
    loss: { ...request, loss },
    tensors: batches[0]!,
    runtime,
    seed,
    memoryLimit,
    feeds: feedsFor,
    ...defined({ labels: labels?.[0], onProgress }),
  });
}
