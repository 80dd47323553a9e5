import { floats } from "./shared/examples.js";
import { rmsNorm, skipSum } from "./shared/norm.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/**
 * output = RMSNormalization(input + skip + bias)·gamma over the last axis, as onnxruntime's optimiser fuses it. `mean` is never
 * made: nothing is centred.
 */
export const SkipSimplifiedLayerNormalization: Op<"input" | "skip" | "gamma" | "bias", "output" | "mean" | "inv_std_var" | "input_skip_bias_sum"> = {
  name: "SkipSimplifiedLayerNormalization",
  domain: "com.microsoft",
  since: [1],
  inputs: { input: one, skip: one, gamma: one, bias: optional },
  outputs: { output: one, mean: optional, inv_std_var: optional, input_skip_bias_sum: optional },
  attrs: { epsilon: { kind: "float", default: Math.fround(1e-12) } },
  decompose: (c) => {
    const { b, x } = c;
    if (c.wants(1)) c.fail('its output "mean" is asked for, which this op does not compute');
    const sum = skipSum(c);
    const [y, inverse] = rmsNorm(b, sum, [b.shape(sum).length - 1], c.attrs.float("epsilon"), x.gamma);
    return [y, undefined, inverse, sum];
  },
  examples: [
    { name: "bias", inputs: [floats([2, 3, 4]), floats([2, 3, 4]), floats([4]), floats([4])], attrs: { epsilon: 0.125 } },
    { name: "gamma alone", inputs: [floats([2, 3, 4]), floats([2, 3, 4]), floats([4])] },
  ],
};
