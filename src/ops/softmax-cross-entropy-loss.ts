import { floats } from "./shared/examples.js";
import { likelihoodLoss, lossAttrs } from "./shared/loss.js";
import { one, optional } from "./op.js";
import type { ExampleInput, Op } from "./op.js";

const weights = floats([3], { low: 0.5, high: 2 });
const labels = (values: readonly number[], shape: readonly number[] = [values.length]): ExampleInput => ({ dtype: "int64", shape, values });

/** output = −weights[label]·ln softmax(scores)[label] over the classes (axis 1), reduced; log_prob = ln softmax(scores). */
export const SoftmaxCrossEntropyLoss: Op<"scores" | "labels" | "weights", "output" | "log_prob"> = {
  name: "SoftmaxCrossEntropyLoss",
  since: [12, 13],
  inputs: { scores: one, labels: one, weights: optional },
  outputs: { output: one, log_prob: optional },
  attrs: lossAttrs,
  decompose: (c) => {
    const logp = c.b.op("LogSoftmax", [c.x.scores], { axis: 1 });
    return [likelihoodLoss(c, logp, c.x.labels, c.x.weights), logp];
  },
  examples: [
    { name: "mean", inputs: [floats([3, 4]), labels([0, 3, 1])] },
    { name: "sum, ignored, log_prob", inputs: [floats([3, 4]), labels([0, -100, 1])], attrs: { reduction: "sum", ignore_index: -100 }, outputs: 2 },
    { name: "mean, ignored class", inputs: [floats([3, 4]), labels([0, 2, 1])], attrs: { ignore_index: 2 } },
    { name: "none, weights", inputs: [floats([2, 3, 2]), labels([0, 2, 1, 1], [2, 2]), weights], attrs: { reduction: "none" } },
    { name: "mean, weights, ignored", inputs: [floats([2, 3, 2]), labels([0, 2, -1, 1], [2, 2]), weights], attrs: { ignore_index: -1 } },
    { name: "int32 labels", inputs: [floats([3, 4]), { ...labels([0, 3, 1]), dtype: "int32" }] },
  ],
};
