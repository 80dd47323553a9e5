import { sizeOf } from "../graph/tensor.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = input as a matrix: the axes before `axis` are its rows, the others its columns. */
export const Flatten: Op<"input", "output"> = {
  name: "Flatten",
  since: [1, 9, 11, 13, 21, 23, 24, 25],
  traits: { moves: "rearranges" },
  inputs: { input: one },
  outputs: { output: one },
  attrs: { axis: { kind: "int", default: 1 } },
  decompose: ({ b, x, attrs, fail }) => {
    const shape = b.shape(x.input);
    const axis = attrs.int("axis") < 0 ? attrs.int("axis") + shape.length : attrs.int("axis");
    if (axis < 0 || axis > shape.length) return fail(`axis ${attrs.int("axis")} is outside a tensor of rank ${shape.length}`);
    return [b.reshape(x.input, [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))])];
  },
  examples: [
    { name: "default", inputs: [floats([2, 3, 4])] },
    { name: "axis 0", inputs: [floats([2, 3])], attrs: { axis: 0 } },
    { name: "negative", inputs: [floats([2, 3, 4])], attrs: { axis: -1 } },
    { name: "behind the last axis", inputs: [floats([2, 3])], attrs: { axis: 2 } },
  ],
};
