import { floats } from "./shared/examples.js";
import { activated } from "./shared/fused.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/** Y = activation(alpha·A′·B′ + beta·C) as onnxruntime's optimiser writes it. */
export const FusedGemm: Op<"A" | "B" | "C", "Y"> = {
  name: "FusedGemm",
  domain: "com.microsoft",
  since: [1],
  traits: { product: { weights: 1 } },
  inputs: { A: one, B: one, C: optional },
  outputs: { Y: one },
  attrs: {
    activation: { kind: "string", default: "" },
    activation_alpha: { kind: "float" },
    activation_beta: { kind: "float" },
    activation_gamma: { kind: "float" },
    alpha: { kind: "float", default: 1 },
    beta: { kind: "float", default: 1 },
    transA: { kind: "flag", default: 0 },
    transB: { kind: "flag", default: 0 },
  },
  decompose: (c) => {
    const { b, x, attrs } = c;
    const y = b.op("Gemm", [x.A, x.B, x.C], {
      alpha: attrs.float("alpha"),
      beta: attrs.float("beta"),
      transA: attrs.int("transA"),
      transB: attrs.int("transB"),
    });
    return [activated(c, y, attrs.string("activation"), (p) => attrs.optionalFloat(`activation_${p}`))];
  },
  examples: [
    { name: "Relu", inputs: [floats([3, 4]), floats([5, 4]), floats([5])], attrs: { activation: "Relu", transB: 1 } },
    { name: "LeakyRelu", inputs: [floats([3, 4]), floats([4, 2])], attrs: { activation: "LeakyRelu", activation_alpha: 0.2, alpha: 0.5 } },
    { name: "Tanh", inputs: [floats([4, 3]), floats([4, 2]), floats([3, 1])], attrs: { activation: "Tanh", transA: 1, beta: 2 } },
  ],
};
