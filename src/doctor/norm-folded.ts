import { networkSite } from "../graph/site.js";
import { inflect, list, plural } from "../util/format.js";
import { whole } from "../util/json.js";
import { factsOf, findingRule } from "./rule.js";
import type { FindingRule } from "./rule.js";
import { names } from "./shared/fact-schemas.js";
import { foldedNorms } from "./shared/norms.js";

/** An inference export whose BatchNorms were folded into the convolutions before them. */
export const normFolded: FindingRule = findingRule({
  id: "norm-folded",
  facts: factsOf({
    convolutions: whole,
    biased: whole.meta({ description: "Convolutions with a bias." }),
    traces: names.meta({ description: "Names that folding leaves behind; with any it is sure." }),
    bareResidual: whole.meta({ description: "Residual blocks of convolutions without a norm." }),
    depthwise: whole.meta({ description: "Depthwise convolutions without a norm." }),
  }),
  examine: (e) => {
    const facts = foldedNorms(e);
    return facts
      ? [{ severity: facts.traces.length > 0 ? "warning" : "info", site: networkSite, facts: { ...facts, traces: [...facts.traces] } }]
      : [];
  },
  words: ({ facts: f }) => {
    const signs = [
      ...(f.traces.length > 0
        ? [`${inflect(f.traces.length, "a name", "names")} such as ${list(f.traces, 2)} ${inflect(f.traces.length, "is", "are")} what folding leaves`]
        : []),
      ...(f.bareResidual > 0
        ? [`${plural(f.bareResidual, "residual block")} of convolutions ${inflect(f.bareResidual, "has", "have")} no norm`]
        : []),
      ...(f.depthwise > 0 ? [`${plural(f.depthwise, "depthwise convolution")} ${inflect(f.depthwise, "has", "have")} no norm`] : []),
    ];
    return {
      evidence: `there is no BatchNormalization, but a bias on ${f.biased} of ${plural(f.convolutions, "convolution")}; ${signs.join("; ")}`,
      why: `${f.traces.length > 0 ? "Your BatchNorm has been folded away" : "This looks like a network whose BatchNorm has been folded away"}: weights and biases were multiplied by the norms' stored statistics, and what is left is a fixed map. In training the statistics follow the batch and gradients flow through them, so the other findings are about a network that nobody trains.`,
      remedy:
        "Export again with training mode and without constant folding: torch.onnx.export(model, …, training=TrainingMode.TRAINING, do_constant_folding=False). If the network really has no norms, ignore this.",
    };
  },
});
