import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = X where X > alpha, else 0. The derivative at alpha is 0, as PyTorch has it. */
export const ThresholdedRelu: Op<"X", "Y"> = {
  name: "ThresholdedRelu",
  since: [10, 22],
  traits: { elementwise: true },
  inputs: { X: one },
  outputs: { Y: one },
  attrs: { alpha: { kind: "float", default: 1 } },
  decompose: ({ b, x, attrs }) => [b.where(b.greater(x.X, b.scalar(attrs.float("alpha"), x.X)), x.X, b.scalar(0, x.X))],
  examples: [
    { name: "default", inputs: [floats([5], { values: [-2, 0.3, 0.9, 1.1, 3] })] },
    { name: "alpha", inputs: [floats([5], { values: [-2, -0.7, 0.3, 0.9, 3] })], attrs: { alpha: -0.5 } },
  ],
};
