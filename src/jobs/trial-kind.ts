import { canonicalJson } from "../trial/canonical.js";
import { familyOf, keyOf, versionOf } from "../trial/spec.js";
import type { TrialSpec } from "../trial/spec.js";
import { workbench } from "../trial/workbench.js";
import type { Job, JobKind } from "./job.js";

/** The measurement of a trial. It takes seconds at most, and does not stop early. */
export const trialKind: JobKind = {
  name: "trial",
  open: (tools) => {
    const bench = workbench(tools);
    return { run: (spec) => bench.measure(spec as TrialSpec), close: () => bench.close() };
  },
};

/** Returns the job of a checked trial. Trials that differ by their seeds only have one affinity: they run on the same graphs and sessions. */
export const trialJob = async (spec: TrialSpec): Promise<Job> => ({
  kind: trialKind.name,
  key: await keyOf(spec),
  affinity: familyOf(spec),
  spec,
  name: `${spec.net.arch}, seed ${spec.seed}`,
  record: canonicalJson({ spec, version: versionOf(spec) }),
});
