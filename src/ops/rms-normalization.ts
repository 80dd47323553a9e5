import { floats } from "./shared/examples.js";
import { EPSILON, rmsNorm, trailingAxes } from "./shared/norm.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/**
 * Y = X/√(mean X² + ε)·scale, the mean over the axes from `axis` on. `stash_type` asks for less precision than we compute with,
 * and is ignored.
 */
export const RMSNormalization: Op<"X" | "scale", "Y"> = {
  name: "RMSNormalization",
  since: [23],
  traits: { norm: "rms" },
  inputs: { X: one, scale: one },
  outputs: { Y: one },
  attrs: { axis: { kind: "int", default: -1 }, epsilon: { kind: "float", default: EPSILON }, stash_type: { kind: "int", default: 1 } },
  decompose: ({ b, x, attrs, node }) => {
    const axes = trailingAxes(attrs.int("axis"), b.shape(x.X).length, node.op);
    return rmsNorm(b, x.X, axes, attrs.float("epsilon"), x.scale).slice(0, 1);
  },
  examples: [
    { name: "last axis", inputs: [floats([2, 3, 4]), floats([4])] },
    { name: "two axes", inputs: [floats([2, 3, 4]), floats([3, 4])], attrs: { axis: 1, epsilon: 0.125 } },
  ],
};
