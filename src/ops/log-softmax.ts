import { normalizeAxis } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { mapLines, shiftedExp, SOFTMAX } from "./shared/softmax.js";
import { alongAxis } from "./shared/vmap.js";
import type { Op } from "./op.js";

/** output = input − ln Σ exp(input) along one axis. */
export const LogSoftmax: Op<"input", "output"> = {
  name: "LogSoftmax",
  ...SOFTMAX,
  traits: { probabilities: "axis" },
  evaluate: (c) =>
    mapLines(c, (y, x, start, step, n) => {
      const { sum, max } = shiftedExp(y, x, start, step, n);
      const ln = Math.log(sum);
      for (let i = 0, at = start; i < n; i++, at += step) y[at] = x[at]! - max - ln;
    }),
  // input̄ = output̄ − exp(output)·Σ output̄
  vjp: ({ b, attrs, y, g }) => {
    const axis = normalizeAxis(attrs.int("axis"), b.shape(y.output).length, "LogSoftmax");
    return { input: b.sub(g.output, b.mul(b.exp(y.output), b.reduceSum(g.output, [axis]))) };
  },
  vmap: alongAxis,
  examples: [
    { name: "last axis", inputs: [floats([3, 5])] },
    { name: "middle axis", inputs: [floats([2, 3, 4])], attrs: { axis: 1 } },
    { name: "far logits", inputs: [floats([2, 3], { values: [1000, 0, -1000, -700, -701, -703] })] },
  ],
};
