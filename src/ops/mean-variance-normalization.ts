import { normalizeAxes } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { moments } from "./shared/norm.js";
import { safeSqrt } from "./shared/reduction.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = (X − μ)/(σ + 10⁻⁹), μ and σ over `axes`. Where σ = 0 its derivative is taken as 0. */
export const MeanVarianceNormalization: Op<"X", "Y"> = {
  name: "MeanVarianceNormalization",
  since: [9, 13],
  inputs: { X: one },
  outputs: { Y: one },
  attrs: { axes: { kind: "ints", default: [0, 2, 3] } },
  decompose: ({ b, x, attrs, node }) => {
    const { centred, variance } = moments(b, x.X, normalizeAxes(attrs.ints("axes"), b.shape(x.X).length, node.op));
    return [b.div(centred, b.shift(safeSqrt(b, variance), 1e-9))];
  },
  examples: [
    { name: "default axes", inputs: [floats([2, 3, 2, 2])] },
    { name: "own axes", inputs: [floats([2, 3, 4])], attrs: { axes: [-1, 0] } },
  ],
};
