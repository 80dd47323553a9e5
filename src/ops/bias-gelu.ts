import { gelu } from "./shared/activations.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** C = X·Φ(X) of X = A + B, as onnxruntime's optimiser writes it. */
export const BiasGelu: Op<"A" | "B", "C"> = {
  name: "BiasGelu",
  domain: "com.microsoft",
  since: [1],
  traits: { elementwise: true },
  inputs: { A: one, B: one },
  outputs: { C: one },
  attrs: {},
  decompose: ({ b, x }) => [gelu(b, b.add(x.A, x.B))],
  examples: [{ name: "plain", inputs: [floats([2, 3, 4]), floats([4])] }],
};
