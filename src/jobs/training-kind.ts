import { trainingBench } from "../trial/training-bench.js";
import type { TrainingSpec } from "../trial/training-spec.js";
import { IsogradError } from "../util/errors.js";
import { resultJson } from "../trial/real.js";
import type { JobKind } from "./job.js";

/** Runs of training of one family, at once: the spec is the list of theirs, the result that of their results. */
export const trainingKind: JobKind = {
  name: "training",
  open: (tools) => {
    if (!tools.dataHost) throw new IsogradError("internal/bug", "nothing reads data for training here");
    const bench = trainingBench(tools, tools.dataHost);
    return { run: async (specs, { signal }) => resultJson(await bench.train(specs as readonly TrainingSpec[], signal)), close: () => bench.close() };
  },
};
