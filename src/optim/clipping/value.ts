import type { ClippingRule } from "../clipping-rule.js";
import { shareOf } from "../shared/shares.js";

/** Bounds each element. */
export const value: ClippingRule = {
  name: "value",
  summary: "Each element of g is held in [−C, C] (Mikolov 2012).",
  apply: (b, parameters, bound) => {
    const gradients = parameters.map(({ gradient }) => b.op("Clip", [gradient, b.scalar(-bound, gradient), b.scalar(bound, gradient)]));
    const beyond = parameters.map(({ gradient }) => b.greater(b.op("Abs", [gradient]), b.scalar(bound, gradient)));
    return { gradients, share: shareOf(b, beyond, b.dtype(gradients[0]!)) };
  },
};
