import { tensor } from "../graph/tensor.js";
import { floats } from "./shared/examples.js";
import { fixed, one } from "./op.js";
import type { Op } from "./op.js";

/** Y = X enlarged by whole or broken factors: the ancestor of Resize, removed from the schema with opset 10. */
export const Upsample: Op<"X" | "scales", "Y"> = {
  name: "Upsample",
  since: [7, 9],
  traits: { resamples: true },
  inputs: { X: one, scales: fixed },
  outputs: { Y: one },
  attrs: { mode: { kind: "string", default: "nearest", oneOf: ["nearest", "linear"] } },
  upgrade: ({ node, opset, constant, fail }) => {
    if (opset >= 9) return node;
    const { scales, ...attrs } = node.attrs;
    if (!Array.isArray(scales)) return fail('lacks its attribute "scales"');
    return { ...node, attrs, inputs: [node.inputs[0]!, constant(tensor("float32", [scales.length], scales as readonly number[]))] };
  },
  decompose: ({ b, x, attrs }) => [
    b.op("Resize", [x.X, "", x.scales], { mode: attrs.string("mode"), coordinate_transformation_mode: "asymmetric", nearest_mode: "simple" }),
  ],
  examples: [
    { name: "nearest", inputs: [floats([1, 2, 2, 3]), floats([4], { values: [1, 1, 2, 3] })], withoutRuntime: "the schema has no Upsample today" },
    {
      name: "linear",
      inputs: [floats([1, 2, 2, 3]), floats([4], { values: [1, 1, 2, 1.5] })],
      attrs: { mode: "linear" },
      withoutRuntime: "the schema has no Upsample today",
    },
  ],
};
