import { stridesOf } from "../graph/tensor.js";
import { likeFirst } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { takeFlat } from "./shared/indexing.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = input with the first sequence_lens[b] steps of batch element b in reversed order. */
export const ReverseSequence: Op<"input" | "sequence_lens", "Y"> = {
  name: "ReverseSequence",
  since: [10, 28],
  traits: { moves: "rearranges" },
  inputs: { input: one, sequence_lens: one },
  outputs: { Y: one },
  attrs: { batch_axis: { kind: "int", default: 1 }, time_axis: { kind: "int", default: 0 } },
  infer: (c) => {
    const { shape } = c.type("input");
    const [batch, time] = [c.attrs.int("batch_axis"), c.attrs.int("time_axis")];
    if (batch + time !== 1 || batch * time !== 0 || shape.length < 2)
      c.fail(`its batch axis ${batch} and time axis ${time} are not the first two axes`);
    if (c.type("sequence_lens").shape[0] !== shape[batch]) c.fail(`has ${c.type("sequence_lens").shape[0]} lengths for a batch of ${shape[batch]}`);
    return likeFirst(c);
  },
  evaluate: (c) => {
    const { shape } = c.x.input;
    const strides = stridesOf(shape);
    const [batch, time] = [c.attrs.int("batch_axis"), c.attrs.int("time_axis")];
    const index = Int32Array.from(c.x.input.data, (_, i) => {
      const length = c.x.sequence_lens.data[Math.floor(i / strides[batch]!) % shape[batch]!]!;
      const t = Math.floor(i / strides[time]!) % shape[time]!;
      return t < length ? i + (length - 1 - 2 * t) * strides[time]! : i;
    });
    return [takeFlat(c.x.input, index, c.out[0]!)];
  },
  // input̄ = Ȳ reversed in the same way
  vjp: ({ b, node, x, g }) => ({ input: b.op("ReverseSequence", [g.Y, x.sequence_lens], node.attrs) }),
  examples: [
    { name: "time first", inputs: [floats([4, 3]), { dtype: "int64", shape: [3], values: [4, 2, 1] }] },
    { name: "batch first", inputs: [floats([2, 3, 2]), { dtype: "int64", shape: [2], values: [3, 2] }], attrs: { batch_axis: 0, time_axis: 1 } },
  ],
};
