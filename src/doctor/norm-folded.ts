import { networkSite } from "../graph/site.js";
import { EXPORT_AS_TRAINED } from "../onnx/export-advice.js";
import { foldedNorms } from "../passes/folded-norms.js";
import { inflect, list, plural, sentences } from "../util/format.js";
import { whole } from "../util/json.js";
import { factsOf, findingRule } from "./rule.js";
import type { FindingRule } from "./rule.js";
import { names } from "./shared/fact-schemas.js";
import { barePartsOf } from "./shared/norms.js";

/** An inference export whose BatchNorms were folded into the layers before them. */
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
    const sure = foldedNorms(e.bound.model);
    if (sure) return [{ severity: "warning", site: networkSite, facts: { ...sure, traces: [...sure.traces], bareResidual: 0, depthwise: 0 } }];
    const bare = barePartsOf(e);
    return bare ? [{ severity: "info", site: networkSite, facts: { ...bare, traces: [] } }] : [];
  },
  words: ({ facts: f }) => {
    const sure = f.traces.length > 0;
    const signs = [
      ...(sure
        ? [
            `${plural(f.traces.length, "layer")} ${inflect(f.traces.length, "holds", "hold")} a norm that is no node of its own any more, by names and notes that exporters leave: ${list(f.traces, 2)}`,
          ]
        : ["there is no norm"]),
      `a bias on ${f.biased} of ${plural(f.convolutions, "convolution")}`,
      ...(f.bareResidual > 0
        ? [`${plural(f.bareResidual, "residual block")} of convolutions ${inflect(f.bareResidual, "has", "have")} no norm`]
        : []),
      ...(f.depthwise > 0 ? [`${plural(f.depthwise, "depthwise convolution")} ${inflect(f.depthwise, "has", "have")} no norm`] : []),
    ];
    return {
      evidence: signs.join("; "),
      why: `${sure ? "Your BatchNorm has been folded away" : "This looks like a network whose BatchNorm has been folded away"}: weights and biases were multiplied by the norms' stored statistics, and what is left is a fixed map, the inference graph. In training the statistics follow the batch and gradients flow through them, so the other findings are about a network that nobody trains.`,
      remedy: sentences(EXPORT_AS_TRAINED, sure ? "" : "If the network really has no norms, ignore this."),
    };
  },
});
