import { floats } from "./shared/examples.js";
import { likelihoodLoss, lossAttrs } from "./shared/loss.js";
import { one, optional } from "./op.js";
import type { ExampleInput, Op } from "./op.js";

const weights = floats([3], { low: 0.5, high: 2 });
const labels = (values: readonly number[], shape: readonly number[] = [values.length]): ExampleInput => ({ dtype: "int64", shape, values });

/** loss = −weight[target]·input[target] over the classes (axis 1) of log-probabilities, reduced. */
export const NegativeLogLikelihoodLoss: Op<"input" | "target" | "weight", "loss"> = {
  name: "NegativeLogLikelihoodLoss",
  since: [12, 13, 22],
  inputs: { input: one, target: one, weight: optional },
  outputs: { loss: one },
  attrs: lossAttrs,
  decompose: (c) => [likelihoodLoss(c, c.x.input, c.x.target, c.x.weight)],
  examples: [
    { name: "mean", inputs: [floats([3, 4]), labels([0, 3, 1])] },
    { name: "sum, ignored, weights", inputs: [floats([3, 3]), labels([0, 2, 1]), weights], attrs: { reduction: "sum", ignore_index: 2 } },
    { name: "none, ignored", inputs: [floats([2, 3, 2]), labels([0, 2, 0, 1], [2, 2])], attrs: { reduction: "none", ignore_index: 0 } },
    { name: "mean, weights, ignored", inputs: [floats([2, 3, 2]), labels([0, 2, 0, 1], [2, 2]), weights], attrs: { ignore_index: 0 } },
  ],
};
