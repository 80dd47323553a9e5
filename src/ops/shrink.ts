import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = input + bias where input < −lambd, input − bias where input > lambd, else 0. The derivative at both kinks is 0, as PyTorch has it. */
export const Shrink: Op<"input", "output"> = {
  name: "Shrink",
  since: [9],
  traits: { elementwise: true },
  inputs: { input: one },
  outputs: { output: one },
  attrs: { bias: { kind: "float", default: 0 }, lambd: { kind: "float", default: 0.5 } },
  decompose: ({ b, x, attrs }) => {
    const [bias, lambd] = [attrs.float("bias"), attrs.float("lambd")];
    const below = b.less(x.input, b.scalar(-lambd, x.input));
    const above = b.greater(x.input, b.scalar(lambd, x.input));
    const zero = b.scalar(0, x.input);
    if (bias === 0) return [b.where(b.op("Or", [below, above]), x.input, zero)];
    return [b.where(below, b.shift(x.input, bias), b.where(above, b.shift(x.input, -bias), zero))];
  },
  examples: [
    { name: "hard", inputs: [floats([6], { values: [-2, -0.6, -0.3, 0.2, 0.7, 1.5] })] },
    { name: "soft", inputs: [floats([6], { values: [-2, -0.8, -0.3, 0.2, 0.9, 1.5] })], attrs: { bias: 0.75, lambd: 0.75 } },
  ],
};
