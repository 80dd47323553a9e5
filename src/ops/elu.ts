import { expBelowZero } from "./shared/activations.js";
import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = X where X > 0, else alpha·(eˣ − 1). The derivative at 0 is alpha, as PyTorch has it. */
export const Elu: Op<"X", "Y"> = {
  name: "Elu",
  since: [6, 22],
  traits: { elementwise: true },
  accepts: "floats",
  inputs: { X: one },
  outputs: { Y: one },
  attrs: { alpha: { kind: "float", default: 1 } },
  infer: likeFirst,
  evaluate: (c) => {
    const alpha = c.attrs.float("alpha");
    return mapUnary(c, (x) => (x > 0 ? x : alpha * Math.expm1(x)));
  },
  // X̄ = Ȳ where X > 0, else Ȳ·alpha·eˣ: for alpha = 1 that is Ȳ·e^min(X, 0)
  vjp: ({ b, attrs, x, g }) => {
    const alpha = attrs.float("alpha");
    const below = b.mul(g.Y, expBelowZero(b, x.X));
    return { X: alpha === 1 ? below : b.where(b.greater(x.X, b.scalar(0, x.X)), g.Y, b.scale(below, alpha)) };
  },
  examples: [
    { name: "default", inputs: [floats([3, 4], { awayFromZero: 0.1 })] },
    { name: "alpha", inputs: [floats([3, 4], { awayFromZero: 0.1 })], attrs: { alpha: 0.5 } },
    { name: "large", inputs: [floats([4], { values: [-1000, -20, 20, 1000] })] },
  ],
};
