import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = min(max(alpha·X + beta, 0), 1). The derivative at both kinks is 0, as PyTorch has it. */
export const HardSigmoid: Op<"X", "Y"> = {
  name: "HardSigmoid",
  since: [6, 22],
  traits: { elementwise: true, squashes: { low: 0, high: 1, reached: true }, gate: true },
  accepts: "floats",
  inputs: { X: one },
  outputs: { Y: one },
  attrs: { alpha: { kind: "float", default: Math.fround(0.2) }, beta: { kind: "float", default: 0.5 } },
  infer: likeFirst,
  evaluate: (c) => {
    const [alpha, beta] = [c.attrs.float("alpha"), c.attrs.float("beta")];
    return mapUnary(c, (x) => Math.min(Math.max(alpha * x + beta, 0), 1));
  },
  // X̄ = alpha·Ȳ where 0 < Y < 1, else 0
  vjp: ({ b, attrs, y, g }) => {
    const sloped = b.op("And", [b.greater(y.Y, b.scalar(0, y.Y)), b.less(y.Y, b.scalar(1, y.Y))]);
    return { X: b.where(sloped, b.scale(g.Y, attrs.float("alpha")), b.scalar(0, y.Y)) };
  },
  examples: [
    { name: "default", inputs: [floats([6], { values: [-4, -2, -0.3, 0.8, 2.2, 3] })] },
    { name: "alpha, beta", inputs: [floats([6], { values: [-4, -2, -0.3, 0.8, 2.2, 3.5] })], attrs: { alpha: 1 / 6, beta: 0.25 } },
  ],
};
