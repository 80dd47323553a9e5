import { normalizeAxis } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { mapLines, shiftedExp, SOFTMAX } from "./shared/softmax.js";
import { alongAxis } from "./shared/vmap.js";
import type { Op } from "./op.js";

/** output = exp(input) / Σ exp(input) along one axis. */
export const Softmax: Op<"input", "output"> = {
  name: "Softmax",
  ...SOFTMAX,
  traits: { gate: true, probabilities: "axis" },
  evaluate: (c) =>
    mapLines(c, (y, x, start, step, n) => {
      const { sum } = shiftedExp(y, x, start, step, n);
      for (let i = 0, at = start; i < n; i++, at += step) y[at] = y[at]! / sum;
    }),
  // input̄ = output ⊙ (output̄ − Σ output ⊙ output̄)
  vjp: ({ b, attrs, y, g }) => {
    const axis = normalizeAxis(attrs.int("axis"), b.shape(y.output).length, "Softmax");
    return { input: b.mul(y.output, b.sub(g.output, b.reduceSum(b.mul(y.output, g.output), [axis]))) };
  },
  vmap: alongAxis,
  examples: [
    { name: "last axis", inputs: [floats([3, 5])] },
    { name: "middle axis", inputs: [floats([2, 3, 4])], attrs: { axis: 1 } },
    { name: "first axis", inputs: [floats([3, 2])], attrs: { axis: 0 } },
    { name: "far logits", inputs: [floats([2, 3], { values: [1000, 0, -1000, -700, -701, -703] })] },
    { name: "nothing", inputs: [floats([0, 3])] },
  ],
};
