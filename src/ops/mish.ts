import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = X·tanh(ln(1 + eˣ)). */
export const Mish: Op<"X", "Y"> = {
  name: "Mish",
  since: [18, 22],
  traits: { elementwise: true },
  inputs: { X: one },
  outputs: { Y: one },
  attrs: {},
  decompose: ({ b, x }) => [b.mul(x.X, b.op("Tanh", [b.op("Softplus", [x.X])]))],
  examples: [
    { name: "plain", inputs: [floats([3, 4])] },
    { name: "large", inputs: [floats([4], { values: [-100, -30, 30, 100] })] },
  ],
};
