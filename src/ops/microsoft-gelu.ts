import { gelu } from "./shared/activations.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = X·Φ(X), as onnxruntime's optimiser writes it. */
export const MicrosoftGelu: Op<"X", "Y"> = {
  name: "Gelu",
  domain: "com.microsoft",
  since: [1],
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {},
  decompose: ({ b, x }) => [gelu(b, x.X)],
  examples: [{ name: "plain", inputs: [floats([3, 4])] }],
};
