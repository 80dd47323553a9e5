import type { FindingRule } from "./evidence.js";
import { foldedNorms } from "./shared/norms.js";
import { WHOLE } from "./shared/module-path.js";
import { plural, some } from "./shared/words.js";

/** An inference export whose BatchNorms were folded into the convolutions before them. */
export const normFolded: FindingRule = {
  id: "norm-folded",
  examine: (c) => {
    const f = foldedNorms(c);
    if (!f) return [];
    const signs = [
      ...(f.traces.length > 0 ? [`names such as ${some(f.traces, 2)}, which folding leaves`] : []),
      ...(f.bareResidual > 0 ? [`${plural(f.bareResidual, "residual block")} of convolutions without a norm`] : []),
      ...(f.depthwise > 0 ? [`${plural(f.depthwise, "depthwise convolution")} without a norm`] : []),
    ];
    return [
      {
        rule: "norm-folded",
        severity: f.traces.length > 0 ? "warning" : "info",
        where: WHOLE,
        evidence: `no BatchNormalization, but a bias on ${f.biased} of ${plural(f.convolutions, "convolution")}; ${signs.join("; ")}`,
        why: `${f.traces.length > 0 ? "Your BatchNorm has been folded away" : "This looks like a network whose BatchNorm has been folded away"}: weights and biases were multiplied by the norms' stored statistics, and what is left is a fixed map. In training the statistics follow the batch and gradients flow through them, so the other findings are about a network that nobody trains.`,
        remedy:
          "Export again with training mode and without constant folding: torch.onnx.export(model, …, training=TrainingMode.TRAINING, do_constant_folding=False). If the network really has no norms, ignore this.",
      },
    ];
  },
};
