import { floats } from "./shared/examples.js";
import { layerNorm, skipSum } from "./shared/norm.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/** output = LayerNormalization(input + skip + bias)·gamma + beta over the last axis, as onnxruntime's optimiser fuses it. */
export const SkipLayerNormalization: Op<"input" | "skip" | "gamma" | "beta" | "bias", "output" | "mean" | "inv_std_var" | "input_skip_bias_sum"> = {
  name: "SkipLayerNormalization",
  domain: "com.microsoft",
  since: [1],
  inputs: { input: one, skip: one, gamma: one, beta: optional, bias: optional },
  outputs: { output: one, mean: optional, inv_std_var: optional, input_skip_bias_sum: optional },
  attrs: { epsilon: { kind: "float", default: Math.fround(1e-12) } },
  decompose: (c) => {
    const { b, x } = c;
    const sum = skipSum(c);
    return [...layerNorm(b, sum, [b.shape(sum).length - 1], c.attrs.float("epsilon"), x.gamma, x.beta), sum];
  },
  examples: [
    { name: "with bias", inputs: [floats([2, 3, 4]), floats([2, 3, 4]), floats([4]), floats([4]), floats([4])], attrs: { epsilon: 0.125 } },
    { name: "gamma alone", inputs: [floats([2, 3, 4]), floats([2, 3, 4]), floats([4])] },
    { name: "one skip for the batch", inputs: [floats([2, 3, 4]), floats([1, 3, 4]), floats([4]), floats([4])] },
    {
      name: "all outputs",
      inputs: [floats([2, 3, 4]), floats([3, 4]), floats([4]), floats([4]), floats([4])],
      outputs: 4,
    },
  ],
};
