import { floats } from "./shared/examples.js";
import { EPSILON, layerNorm, trailingAxes } from "./shared/norm.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/**
 * Y = (X − Mean)·InvStdDev·Scale + B with Mean and InvStdDev = 1/√(var + ε) over the axes from `axis` on.
 * `stash_type` asks for less precision than we compute with, and is ignored.
 */
export const LayerNormalization: Op<"X" | "Scale" | "B", "Y" | "Mean" | "InvStdDev"> = {
  name: "LayerNormalization",
  since: [1, 17],
  traits: { norm: "layer" },
  inputs: { X: one, Scale: one, B: optional },
  outputs: { Y: one, Mean: optional, InvStdDev: optional },
  attrs: { axis: { kind: "int", default: -1 }, epsilon: { kind: "float", default: EPSILON }, stash_type: { kind: "int", default: 1 } },
  decompose: ({ b, x, attrs, node }) => {
    const axes = trailingAxes(attrs.int("axis"), b.shape(x.X).length, node.op);
    return layerNorm(b, x.X, axes, attrs.float("epsilon"), x.Scale, x.B);
  },
  examples: [
    { name: "last axis", inputs: [floats([2, 3, 4]), floats([4]), floats([4])] },
    { name: "no bias", inputs: [floats([3, 5]), floats([5])], attrs: { epsilon: 0.125 } },
    {
      name: "two axes, statistics",
      inputs: [floats([2, 3, 4]), floats([3, 4]), floats([3, 4])],
      attrs: { axis: 1 },
      outputs: 3,
      withoutFloat64: "the runtime gives the statistics in float32",
    },
    { name: "all axes", inputs: [floats([3, 4]), floats([3, 4]), floats([3, 4])], attrs: { axis: 0 } },
    { name: "scale of one row", inputs: [floats([2, 3, 4]), floats([1, 4]), floats([4])], attrs: { axis: -2 } },
  ],
};
