import { gelu, tanhGelu } from "./shared/activations.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = X·Φ(X) with Φ the normal distribution function, or its approximation X/2·(1 + tanh(√(2/π)·(X + 0.044715·X³))). */
export const Gelu: Op<"X", "Y"> = {
  name: "Gelu",
  since: [20],
  traits: { elementwise: true },
  inputs: { X: one },
  outputs: { Y: one },
  attrs: { approximate: { kind: "string", default: "none", oneOf: ["none", "tanh"] } },
  decompose: ({ b, x, attrs }) => [attrs.string("approximate") === "tanh" ? tanhGelu(b, x.X) : gelu(b, x.X)],
  examples: [
    { name: "exact", inputs: [floats([3, 4])] },
    {
      name: "tanh",
      inputs: [floats([3, 4])],
      attrs: { approximate: "tanh" },
      withoutFloat64: "onnxruntime computes it with constants rounded to float32",
    },
  ],
};
