import { stridesOf } from "../graph/tensor.js";
import { likeFirst, normalizeAxis, result } from "./kit/elementwise.js";
import { floats } from "./kit/examples.js";
import { upgradeSoftmax } from "./kit/softmax.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = input − ln Σ exp(input) along one axis. */
export const LogSoftmax: Op<"input", "output"> = {
  name: "LogSoftmax",
  since: [1, 11, 13],
  inputs: { input: one },
  outputs: { output: one },
  attrs: { axis: { kind: "int", default: -1 } },
  upgrade: upgradeSoftmax,
  infer: (c) => {
    normalizeAxis(c.attrs.int("axis"), c.type("input").shape.length, c.node.op);
    return likeFirst(c);
  },
  evaluate: (c) => {
    const { shape, data } = c.x.input;
    const out = result(c.out[0]!);
    const axis = normalizeAxis(c.attrs.int("axis"), shape.length, c.node.op);
    const [length, step] = [shape[axis]!, stridesOf(shape)[axis]!];
    for (let start = 0; start < data.length; start++) {
      if (Math.floor(start / step) % length !== 0) continue;
      let max = -Infinity;
      for (let i = 0; i < length; i++) max = Math.max(max, data[start + i * step]!);
      let sum = 0;
      for (let i = 0; i < length; i++) sum += Math.exp(data[start + i * step]! - max);
      const shift = max + Math.log(sum);
      for (let i = 0; i < length; i++) out.data[start + i * step] = data[start + i * step]! - shift;
    }
    return [out];
  },
  // input̄ = output̄ − exp(output)·Σ output̄
  vjp: ({ b, attrs, y, g }) => {
    const axis = normalizeAxis(attrs.int("axis"), b.shape(y.output).length, "LogSoftmax");
    return { input: b.sub(g.output, b.mul(b.exp(y.output), b.reduceSum(g.output, [axis]))) };
  },
  examples: [
    { name: "last axis", inputs: [floats([3, 5])] },
    { name: "middle axis", inputs: [floats([2, 3, 4])], attrs: { axis: 1 } },
  ],
};
