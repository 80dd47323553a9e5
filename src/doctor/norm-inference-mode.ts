import * as z from "zod";
import { nodesSite } from "../graph/site.js";
import { inflect, list, plural, sentences } from "../util/format.js";
import { whole } from "../util/json.js";
import { factsOf, findingRule } from "./rule.js";
import type { FindingRule } from "./rule.js";
import { decision, names } from "./shared/fact-schemas.js";

/** BatchNormalization with the file's statistics: a fixed affine map, forward and backward. */
export const normInferenceMode: FindingRule = findingRule({
  id: "norm-inference-mode",
  facts: factsOf({
    norms: whole.meta({ description: "BatchNormalizations in all." }),
    fixed: whole.meta({ description: "Those that have constant statistics in the file." }),
    broken: whole.exactOptional().meta({ description: "Those with a variance that is negative, or a statistic that is not a finite number." }),
    buffers: names.exactOptional().meta({ description: "These statistics by name." }),
    untouched: whole.meta({ description: "Those of them whose statistics are as they were made: mean 0, variance 1." }),
    healthy: z.boolean().meta({ description: "Whether the profile is healthy with the statistics of the file." }),
    measured: z
      .enum(["batch", "file"])
      .exactOptional()
      .meta({ description: "Whose statistics the check-up was made with; older records have those of the file." }),
    stored: decision.exactOptional().meta({ description: "The verdict with the statistics of the file, where it is not the record's." }),
  }),
  examine: (e) => {
    const norms = e.bound.batchNorms;
    const fixed = norms.filter((n) => !n.trainingInFile);
    if (fixed.length === 0) return [];
    const untouched = fixed.filter((n) => n.untouched).length;
    const broken = fixed.filter((n) => n.broken.length > 0).length;
    const healthy = (e.stored ?? e.verdict).decision === "healthy";
    const measured: "batch" | "file" = fixed.some((n) => n.training) ? "batch" : "file";
    return [
      {
        // With the statistics of the batch the record is that of training, and the file's mode matters to those alone who would train as it is.
        severity: broken === 0 && (healthy || (measured === "batch" && 2 * untouched < fixed.length)) ? "info" : "warning",
        site: nodesSite(
          (broken > 0 ? fixed.filter((n) => n.broken.length > 0) : fixed).map((n) => n.node),
          2,
        ),
        facts: {
          norms: norms.length,
          fixed: fixed.length,
          broken,
          ...(broken > 0 ? { buffers: fixed.flatMap((n) => n.broken) } : {}),
          untouched,
          healthy,
          measured,
          ...(e.stored ? { stored: e.stored.decision } : {}),
        },
      },
    ];
  },
  words: ({ facts: f }) => {
    const batch = f.measured === "batch";
    const has = inflect(f.fixed, "has", "have");
    return {
      evidence: `${f.fixed} of ${plural(f.norms, "BatchNormalization")} ${has} constant statistics in the file${f.untouched > 0 ? `; those of ${f.untouched} are mean 0 and variance 1, as they were made` : ""}`,
      why: sentences(
        "In inference mode the norm is a fixed affine map: it neither holds the activations' scale nor lets gradients flow through its statistics.",
        f.untouched > 0 ? "With statistics that were never updated it does nothing at all: whoever trains the network so has no norm." : "",
        (f.broken ?? 0) > 0
          ? `In the file ${plural(f.broken!, "norm")} ${inflect(f.broken!, "has", "have")} a variance or a mean that is none (${[...(f.buffers ? [list(f.buffers)] : []), "negative, or not finite"].join(": ")}): served so, the network makes no numbers, and training on keeps what is none.`
          : "",
        batch ? "The check-up was made with the statistics of the batch, as training has them." : "",
        batch && f.stored !== undefined ? `With those of the file it gives: ${f.stored}.` : "",
        batch || f.healthy ? "" : "So the profile is not that of training, unless these norms are frozen there too.",
      ),
      remedy: batch
        ? "Give a batch of the size that you train with. For a network that is fine-tuned with frozen norms, what the file's own statistics give is the right answer."
        : "To see what training sees, give a batch of the size that you train with: each channel needs more than one value. For a network that is fine-tuned with frozen norms this profile is the right one.",
    };
  },
});
