import { floats } from "./shared/examples.js";
import { activated } from "./shared/fused.js";
import { WINDOW_ATTRS } from "./shared/window.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/** Y = activation(Conv(X, W, B) + Z) as onnxruntime's optimiser writes it. */
export const FusedConv: Op<"X" | "W" | "B" | "Z", "Y"> = {
  name: "FusedConv",
  domain: "com.microsoft",
  since: [1],
  traits: { product: { weights: 1 }, convolves: "forward" },
  inputs: { X: one, W: one, B: optional, Z: optional },
  outputs: { Y: one },
  attrs: {
    ...WINDOW_ATTRS,
    group: { kind: "int", default: 1 },
    activation: { kind: "string", default: "" },
    activation_params: { kind: "floats" },
  },
  decompose: (c) => {
    const { b, x, attrs } = c;
    const own = Object.fromEntries(Object.entries(c.node.attrs).filter(([name]) => !name.startsWith("activation")));
    const y = b.op("Conv", [x.X, x.W, x.B], own);
    const params = attrs.optionalFloats("activation_params") ?? [];
    return [activated(c, x.Z === "" ? y : b.add(y, x.Z), attrs.string("activation"), (_, i) => params[i])];
  },
  examples: [
    { name: "Relu", inputs: [floats([2, 3, 4, 4]), floats([2, 3, 3, 3]), floats([2])], attrs: { activation: "Relu", pads: [1, 1, 1, 1] } },
    { name: "sum and Relu", inputs: [floats([1, 2, 4, 4]), floats([2, 2, 3, 3]), floats([2]), floats([1, 2, 2, 2])], attrs: { activation: "Relu" } },
    {
      name: "Clip",
      inputs: [floats([1, 4, 4, 4]), floats([4, 1, 3, 3])],
      attrs: { activation: "Clip", activation_params: [-0.5, 1.2], group: 4, strides: [2, 2], pads: [1, 1, 1, 1] },
    },
    { name: "LeakyRelu", inputs: [floats([1, 2, 3, 3]), floats([2, 2, 1, 1])], attrs: { activation: "LeakyRelu", activation_params: [0.1] } },
    {
      name: "HardSigmoid",
      inputs: [floats([1, 2, 3, 3]), floats([2, 2, 2, 2])],
      attrs: { activation: "HardSigmoid", activation_params: [0.1, 0.4] },
    },
  ],
};
