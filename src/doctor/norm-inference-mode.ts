import * as z from "zod";
import { nodesSite } from "../graph/site.js";
import { inflect, plural, sentences } from "../util/format.js";
import { whole } from "../util/json.js";
import { factsOf, findingRule } from "./rule.js";
import type { FindingRule } from "./rule.js";
import { batchNorms, untouchedStatistics } from "./shared/norms.js";

/** BatchNormalization with the file's statistics: a fixed affine map, forward and backward. */
export const normInferenceMode: FindingRule = findingRule({
  id: "norm-inference-mode",
  facts: factsOf({
    norms: whole.meta({ description: "BatchNormalizations in all." }),
    fixed: whole.meta({ description: "Those that run with constant statistics." }),
    untouched: whole.meta({ description: "Those whose statistics are as they were made: mean 0, variance 1." }),
    healthy: z.boolean().meta({ description: "Whether the profile is healthy as it is." }),
  }),
  examine: (e) => {
    const norms = batchNorms(e);
    const fixed = norms.filter((n) => !n.training);
    if (fixed.length === 0) return [];
    const healthy = e.verdict.decision === "healthy";
    return [
      {
        severity: healthy ? "info" : "warning",
        site: nodesSite(
          fixed.map((n) => n.node),
          2,
        ),
        facts: { norms: norms.length, fixed: fixed.length, untouched: untouchedStatistics(e), healthy },
      },
    ];
  },
  words: ({ facts: f }) => ({
    evidence: `${f.fixed} of ${plural(f.norms, "BatchNormalization")} ${inflect(f.fixed, "runs", "run")} with constant statistics${f.untouched > 0 ? `; those of ${f.untouched} are mean 0 and variance 1, as they were made` : ""}`,
    why: sentences(
      "In inference mode the norm is a fixed affine map: it neither holds the activations' scale nor lets gradients flow through its statistics.",
      f.untouched > 0 ? "With statistics that were never updated it does nothing at all." : "",
      f.healthy ? "" : "So the profile is not that of training, unless these norms are frozen there too.",
    ),
    remedy:
      "To see what training sees, export in training mode or ask for training-mode norms (--train-norm), with a batch of the size you train with. For a network fine-tuned with frozen norms this profile is the right one.",
  }),
});
