import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = X where X > 0, else alpha·X. The derivative at 0 is alpha, as PyTorch has it. */
export const LeakyRelu: Op<"X", "Y"> = {
  name: "LeakyRelu",
  since: [6, 16],
  traits: { elementwise: true, rectifies: "leaky" },
  accepts: "floats",
  inputs: { X: one },
  outputs: { Y: one },
  attrs: { alpha: { kind: "float", default: Math.fround(0.01) } },
  infer: likeFirst,
  evaluate: (c) => {
    const alpha = c.attrs.float("alpha");
    return mapUnary(c, (x) => (x > 0 ? x : alpha * x));
  },
  // X̄ = Ȳ where X > 0, else alpha·Ȳ
  vjp: ({ b, attrs, x, g }) => ({ X: b.where(b.greater(x.X, b.scalar(0, x.X)), g.Y, b.scale(g.Y, attrs.float("alpha"))) }),
  examples: [
    { name: "default", inputs: [floats([3, 4], { awayFromZero: 0.1 })] },
    { name: "alpha", inputs: [floats([3, 4], { awayFromZero: 0.1 })], attrs: { alpha: 0.25 } },
  ],
};
