import { swish } from "./shared/activations.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = X·σ(alpha·X). */
export const Swish: Op<"X", "Y"> = {
  name: "Swish",
  since: [24],
  traits: { elementwise: true },
  inputs: { X: one },
  outputs: { Y: one },
  attrs: { alpha: { kind: "float", default: 1 } },
  decompose: ({ b, x, attrs }) => [swish(b, x.X, attrs.float("alpha"))],
  examples: [
    { name: "default", inputs: [floats([3, 4])] },
    { name: "alpha", inputs: [floats([3, 4])], attrs: { alpha: 1.5 } },
  ],
};
