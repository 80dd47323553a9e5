import { floats } from "./shared/examples.js";
import type { ScatterPorts } from "./shared/scatter.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = data with output[…, indices[i], …] = updates[i]: the name that ScatterElements had before opset 11. */
export const Scatter: Op<ScatterPorts, "output"> = {
  name: "Scatter",
  since: [9, 11],
  inputs: { data: one, indices: one, updates: one },
  outputs: { output: one },
  attrs: { axis: { kind: "int", default: 0 } },
  decompose: ({ b, xs, attrs }) => [b.op("ScatterElements", xs, { axis: attrs.int("axis") })],
  examples: [
    {
      name: "axis 1",
      inputs: [floats([2, 3]), { dtype: "int64", shape: [2, 1], values: [2, 0] }, floats([2, 1])],
      attrs: { axis: 1 },
      withoutRuntime: "deprecated since opset 11",
    },
  ],
};
