import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = X·min(max(X/6 + ½, 0), 1). The derivative is −½ at −3 and 1½ at 3, as PyTorch has it (Clip passes gradients at its bounds). */
export const HardSwish: Op<"X", "Y"> = {
  name: "HardSwish",
  since: [14, 22],
  traits: { elementwise: true },
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {},
  decompose: ({ b, x }) => [b.mul(x.X, b.op("Clip", [b.shift(b.scale(x.X, 1 / 6), 0.5), b.scalar(0, x.X), b.scalar(1, x.X)]))],
  examples: [{ name: "plain", inputs: [floats([7], { values: [-5, -3.2, -2.5, -0.3, 0.8, 2.9, 4] })] }],
};
