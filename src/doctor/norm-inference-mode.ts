import type { FindingRule } from "./evidence.js";
import { batchNorms, untouchedStatistics } from "./shared/norms.js";
import { modulePath } from "./shared/module-path.js";
import { plural, sentences, some } from "./shared/words.js";

/** BatchNormalization with the file's statistics: a fixed affine map, forward and backward. */
export const normInferenceMode: FindingRule = {
  id: "norm-inference-mode",
  examine: (c) => {
    const all = batchNorms(c);
    const fixed = all.filter((n) => !n.training);
    if (fixed.length === 0) return [];
    const untouched = untouchedStatistics(c);
    return [
      {
        rule: "norm-inference-mode",
        severity: c.verdict.decision === "healthy" ? "info" : "warning",
        where: some(
          fixed.map((n) => modulePath(n.node)),
          2,
        ),
        evidence: `${fixed.length} of ${plural(all.length, "BatchNormalization")} run with constant statistics${untouched > 0 ? `; ${untouched} of them with mean 0 and variance 1, as they were made` : ""}`,
        why: sentences(
          "In inference mode the norm is a fixed affine map: it neither holds the activations' scale nor lets gradients flow through its statistics.",
          untouched > 0 ? "With statistics that were never updated it does nothing at all." : "",
          c.verdict.decision === "healthy" ? "" : "So the profile is not that of training, unless these norms are frozen there too.",
        ),
        remedy:
          "To see what training sees, export in training mode or ask for training-mode norms (--train-norm), with a batch of the size you train with. For a network fine-tuned with frozen norms this profile is the right one.",
      },
    ];
  },
};
