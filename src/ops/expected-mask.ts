import { broadcastShape } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { fixed, one } from "./op.js";
import type { Op } from "./op.js";

/**
 * mask = the mean of a mask cut from noise U, uniform in [0, 1): of U < threshold (`below`), of U > threshold (`above`), or of
 * ⌊U + threshold⌋ (`floor`), which is the threshold itself.
 */
export const ExpectedMask: Op<"noise" | "threshold", "mask"> = {
  name: "ExpectedMask",
  domain: "isograd",
  since: [1],
  inputs: { noise: fixed, threshold: one },
  outputs: { mask: one },
  attrs: { of: { kind: "string", required: true, oneOf: ["below", "above", "floor"] }, to: { kind: "dtype" } },
  decompose: ({ b, x, attrs, fail }) => {
    const shape = broadcastShape(b.shape(x.noise), b.shape(x.threshold));
    if (!shape) return fail("its inputs do not broadcast");
    const [zero, unit] = [b.scalar(0, x.threshold), b.scalar(1, x.threshold)];
    const of = attrs.string("of");
    let mean = of === "floor" ? x.threshold : b.op("Clip", [x.threshold, zero, unit]);
    if (of === "above") mean = b.sub(unit, mean);
    return [b.expand(b.cast(mean, attrs.optionalDtype("to") ?? b.dtype(mean)), shape)];
  },
  examples: [
    { name: "below", inputs: [floats([2, 1]), floats([3], { values: [0.2, 0.8, 1.5] })], attrs: { of: "below" }, withoutRuntime: "an op of ours" },
    { name: "above", inputs: [floats([2, 3]), floats([], { values: [0.2] })], attrs: { of: "above" }, withoutRuntime: "an op of ours" },
    { name: "floor", inputs: [floats([2, 1, 1]), floats([], { values: [0.8] })], attrs: { of: "floor" }, withoutRuntime: "an op of ours" },
  ],
};
