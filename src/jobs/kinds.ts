import { IsogradError } from "../util/errors.js";
import type { Tools } from "../trial/measurement.js";
import type { Bench, Job, JobContext, JobKind } from "./job.js";
import { trainingKind } from "./training-kind.js";
import { trialKind } from "./trial-kind.js";

/** Every kind of job. */
const KINDS: readonly JobKind[] = [trialKind, trainingKind];

/** Computes jobs of all kinds in this thread. */
export interface AllBenches {
  run(job: Pick<Job, "kind" | "spec">, context: JobContext): Promise<string>;
  close(): Promise<void>;
}

/** Opens benches as jobs ask for them. */
export function openBenches(tools: Tools): AllBenches {
  const open = new Map<string, Bench>();
  return {
    run(job, context) {
      let bench = open.get(job.kind);
      if (!bench) {
        const kind = KINDS.find((k) => k.name === job.kind);
        if (!kind) throw new IsogradError("internal/bug", `there is no kind of job "${job.kind}"`);
        open.set(job.kind, (bench = kind.open(tools)));
      }
      return bench.run(job.spec, context);
    },
    async close() {
      for (const bench of open.values()) await bench.close();
      open.clear();
    },
  };
}
