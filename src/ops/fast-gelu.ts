import { tanhGelu } from "./shared/activations.js";
import { floats } from "./shared/examples.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/** Y = the tanh approximation of Gelu, of X + bias, as onnxruntime's optimiser writes it. */
export const FastGelu: Op<"X" | "bias", "Y"> = {
  name: "FastGelu",
  domain: "com.microsoft",
  since: [1],
  traits: { elementwise: true },
  inputs: { X: one, bias: optional },
  outputs: { Y: one },
  attrs: {},
  decompose: ({ b, x, has }) => [tanhGelu(b, has("bias") ? b.add(x.X, x.bias) : x.X)],
  examples: [
    { name: "plain", inputs: [floats([3, 4])], withoutFloat64: "onnxruntime computes it with constants rounded to float32" },
    { name: "bias", inputs: [floats([2, 3, 4]), floats([4])], withoutFloat64: "onnxruntime computes it with constants rounded to float32" },
  ],
};
