import { floats } from "./shared/examples.js";
import { EPSILON, rmsNorm, trailingAxes } from "./shared/norm.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/**
 * Y = X·inv_std_var·scale with inv_std_var = 1/√(mean X² + ε) over the axes from `axis` on: RMSNormalization as onnxruntime's
 * optimiser writes it.
 */
export const SimplifiedLayerNormalization: Op<"X" | "scale", "Y" | "inv_std_var"> = {
  name: "SimplifiedLayerNormalization",
  since: [1],
  traits: { norm: "rms" },
  inputs: { X: one, scale: one },
  outputs: { Y: one, inv_std_var: optional },
  attrs: { axis: { kind: "int", default: -1 }, epsilon: { kind: "float", default: EPSILON }, stash_type: { kind: "int", default: 1 } },
  decompose: ({ b, x, attrs, node }) => {
    const axes = trailingAxes(attrs.int("axis"), b.shape(x.X).length, node.op);
    return rmsNorm(b, x.X, axes, attrs.float("epsilon"), x.scale);
  },
  examples: [
    { name: "last axis", inputs: [floats([2, 3, 4]), floats([4])] },
    {
      name: "two axes, statistics",
      inputs: [floats([2, 3, 4]), floats([3, 4])],
      attrs: { axis: 1, epsilon: 0.125 },
      outputs: 2,
      withoutFloat64: "the runtime gives the statistics in float32",
    },
  ],
};
