import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** Y = alpha·X + beta. An experimental op of the first ONNX files. */
export const Affine: Op<"X", "Y"> = {
  name: "Affine",
  since: [1],
  traits: { elementwise: true },
  inputs: { X: one },
  outputs: { Y: one },
  attrs: { alpha: { kind: "float", default: 1 }, beta: { kind: "float", default: 0 } },
  decompose: ({ b, x, attrs }) => {
    const y = b.shift(b.scale(x.X, attrs.float("alpha")), attrs.float("beta"));
    return [y === x.X ? b.op("Identity", [y]) : y];
  },
  examples: [{ name: "both", inputs: [floats([2, 3])], attrs: { alpha: 0.5, beta: -1.25 }, withoutRuntime: "opset 9 had it last" }],
};
