import { swish } from "./shared/activations.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = X·σ(alpha·X), as onnxruntime's optimiser writes it. */
export const QuickGelu: Op<"X", "Y"> = {
  name: "QuickGelu",
  domain: "com.microsoft",
  since: [1],
  traits: { elementwise: true },
  inputs: { X: one },
  outputs: { Y: one },
  attrs: { alpha: { kind: "float", default: Math.fround(1.702) } },
  decompose: ({ b, x, attrs }) => [swish(b, x.X, attrs.float("alpha"))],
  examples: [
    { name: "default", inputs: [floats([3, 4])] },
    { name: "alpha", inputs: [floats([3, 4])], attrs: { alpha: 1 } },
  ],
};
