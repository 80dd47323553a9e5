import type { LossSpec } from "../../autodiff/loss.js";
import { feedsFor } from "../../data/batch.js";
import { largestCurvature } from "../../probe/curvature.js";
import { firstNonFinite } from "../../probe/first-non-finite.js";
import type { Batch, NonFinite } from "../../probe/first-non-finite.js";
import { feedsOf, replicatesOf } from "../../probe/measure.js";
import type { MeasureRun } from "../../probe/measure.js";
import { measurementGraph } from "../../probe/measurement.js";
import { defined } from "../../util/defined.js";

// What is measured only where there is reason to.

/** Returns the first cause of what is not finite, in the gradient graph of the measurement, rescaled as that was, on one batch. */
export async function nonFiniteOf(run: MeasureRun, batch: number, rescale: boolean, about: Batch): Promise<NonFinite | undefined> {
  run.onProgress?.("looking for the first value that is not finite");
  const made = measurementGraph(run.bound, run.structure, { ...run.request, rescale });
  const graph = made.differentiated();
  const needed = new Set(graph.inputs.map((i) => i.name));
  const feeds = [...feedsOf(made, replicatesOf(run)[batch]!)].filter(([name]) => needed.has(name));
  return firstNonFinite(graph, new Map(feeds), run, about);
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
