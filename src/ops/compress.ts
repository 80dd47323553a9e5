import { sizeOf } from "../graph/tensor.js";
import { bools, floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = the slices of input along `axis` (of the flattened input without it) where condition holds; condition must be known before the run. */
export const Compress: Op<"input" | "condition", "output"> = {
  name: "Compress",
  since: [9, 11, 28],
  traits: { moves: "selects" },
  inputs: { input: one, condition: one },
  outputs: { output: one },
  attrs: { axis: { kind: "int" } },
  decompose: ({ b, x, attrs, constant }) => {
    const { data } = constant("condition");
    const kept = Array.from(data.keys()).filter((i) => data[i] !== 0);
    const axis = attrs.optionalInt("axis");
    const from = axis === undefined ? b.reshape(x.input, [sizeOf(b.shape(x.input))]) : x.input;
    return [b.op("Gather", [from, b.ints(kept)], { axis: axis ?? 0 })];
  },
  examples: [
    { name: "rows", inputs: [floats([4, 2]), known([0, 1, 1])], attrs: { axis: 0 } },
    { name: "columns", inputs: [floats([2, 4]), known([1, 0, 0, 1])], attrs: { axis: -1 } },
    { name: "flat", inputs: [floats([2, 3]), known([0, 1, 0, 0, 1])] },
  ],
};

function known(values: readonly number[]) {
  return { ...bools(values), constant: true } as const;
}
