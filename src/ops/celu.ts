import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = X where X > 0, else alpha·(e^(X/alpha) − 1): alpha times Elu of X/alpha. The derivative at 0 is 1. */
export const Celu: Op<"X", "Y"> = {
  name: "Celu",
  since: [12, 28],
  traits: { elementwise: true },
  inputs: { X: one },
  outputs: { Y: one },
  attrs: { alpha: { kind: "float", default: 1 } },
  decompose: ({ b, x, attrs, fail }) => {
    const alpha = attrs.float("alpha");
    if (alpha === 0) return fail("its alpha is 0");
    return [b.scale(b.op("Elu", [b.scale(x.X, 1 / alpha)]), alpha)];
  },
  examples: [
    { name: "default", inputs: [floats([3, 4], { awayFromZero: 0.1 })] },
    { name: "alpha", inputs: [floats([3, 4], { awayFromZero: 0.1 })], attrs: { alpha: 0.3 } },
  ],
};
