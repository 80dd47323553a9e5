import { expBelowZero } from "./shared/activations.js";
import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = gamma·X where X > 0, else gamma·alpha·(eˣ − 1). The derivative at 0 is gamma·alpha, as PyTorch has it. */
export const Selu: Op<"X", "Y"> = {
  name: "Selu",
  since: [6, 22],
  traits: { elementwise: true },
  accepts: "floats",
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {
    alpha: { kind: "float", default: Math.fround(1.6732632423543772) },
    gamma: { kind: "float", default: Math.fround(1.0507009873554805) },
  },
  infer: likeFirst,
  evaluate: (c) => {
    const gamma = c.attrs.float("gamma");
    const below = gamma * c.attrs.float("alpha");
    return mapUnary(c, (x) => (x > 0 ? gamma * x : below * Math.expm1(x)));
  },
  // X̄ = Ȳ·gamma where X > 0, else Ȳ·gamma·alpha·eˣ
  vjp: ({ b, attrs, x, g }) => {
    const gamma = attrs.float("gamma");
    const below = b.scale(expBelowZero(b, x.X), gamma * attrs.float("alpha"));
    return { X: b.mul(g.Y, b.where(b.greater(x.X, b.scalar(0, x.X)), b.scalar(gamma, x.X), below)) };
  },
  examples: [
    { name: "default", inputs: [floats([3, 4], { awayFromZero: 0.1 })] },
    { name: "alpha, gamma", inputs: [floats([3, 4], { awayFromZero: 0.1 })], attrs: { alpha: 2, gamma: 0.5 } },
  ],
};
