import { swish } from "./shared/activations.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = A·σ(alpha·A)·B. */
export const SwiGLU: Op<"A" | "B", "Y"> = {
  name: "SwiGLU",
  since: [28],
  traits: { elementwise: true },
  inputs: { A: one, B: one },
  outputs: { Y: one },
  attrs: { alpha: { kind: "float", default: 1 } },
  decompose: ({ b, x, attrs }) => [b.mul(swish(b, x.A, attrs.float("alpha")), x.B)],
  examples: [
    { name: "default", inputs: [floats([3, 4]), floats([3, 4])], withoutRuntime: "it is of opset 28" },
    { name: "alpha", inputs: [floats([3, 4]), floats([3, 4])], attrs: { alpha: 1.5 }, withoutRuntime: "it is of opset 28" },
  ],
};
