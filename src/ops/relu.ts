import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = max(0, X). The derivative at 0 is 0, as PyTorch and TensorFlow have it. */
export const Relu: Op<"X", "Y"> = {
  name: "Relu",
  since: [6, 13, 14],
  traits: { elementwise: true, rectifies: "flat" },
  accepts: "signed",
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {},
  infer: likeFirst,
  evaluate: (c) => mapUnary(c, (x) => (x > 0 || Number.isNaN(x) ? x : 0)),
  // X̄ = Ȳ where Y > 0, else 0
  vjp: ({ b, y, g }) => ({ X: b.where(b.greater(y.Y, b.scalar(0, y.Y)), g.Y, b.scalar(0, y.Y)) }),
  examples: [{ name: "plain", inputs: [floats([3, 4], { awayFromZero: 0.1 })] }],
};
