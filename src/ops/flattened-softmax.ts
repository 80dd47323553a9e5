import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Softmax, LogSoftmax or Hardmax as they were before opset 13: over all axes from `axis` on, flattened into one. */
export const FlattenedSoftmax: Op<"input", "output"> = {
  name: "FlattenedSoftmax",
  domain: "isograd",
  since: [1],
  inputs: { input: one },
  outputs: { output: one },
  attrs: { axis: { kind: "int", default: 1 }, of: { kind: "string", required: true, oneOf: ["Softmax", "LogSoftmax", "Hardmax"] } },
  decompose: ({ b, x, attrs, fail }) => {
    const shape = b.shape(x.input);
    const axis = attrs.int("axis") < 0 ? attrs.int("axis") + shape.length : attrs.int("axis");
    if (axis < 0 || axis > shape.length) return fail(`axis ${attrs.int("axis")} is outside a tensor of rank ${shape.length}`);
    const count = (dims: readonly number[]): number => dims.reduce((p, d) => p * d, 1);
    const rows = b.reshape(x.input, [count(shape.slice(0, axis)), count(shape.slice(axis))]);
    return [b.reshape(b.op(attrs.string("of"), [rows], { axis: -1 }), shape)];
  },
  examples: [{ name: "middle axis", inputs: [floats([2, 3, 4])], attrs: { of: "LogSoftmax" }, withoutRuntime: "an op of ours" }],
};
