import { floats } from "./shared/examples.js";
import { RECURRENT_ATTRS, unroll } from "./shared/recurrent.js";
import { lens, recurrentExamples } from "./shared/recurrent-examples.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/** Elman network, unrolled: hₜ = f(xₜ·Wᵀ + hₜ₋₁·Rᵀ + Wb + Rb). */
export const RNN: Op<"X" | "W" | "R" | "B" | "sequence_lens" | "initial_h", "Y" | "Y_h"> = {
  name: "RNN",
  since: [7, 14, 22],
  inputs: { X: one, W: one, R: one, B: optional, sequence_lens: optional, initial_h: optional },
  outputs: { Y: optional, Y_h: optional },
  attrs: RECURRENT_ATTRS,
  decompose: (c) =>
    unroll(c, {
      gates: 1,
      activations: ["Tanh"],
      initial: [c.x.initial_h],
      cell: ({ b, R, Wb, Rb, activations: [f] }) => ({
        bias: Wb && b.add(Wb, Rb!),
        step: ([x], [h]) => [f!(b.op("Gemm", [h!, R, x!], { transB: 1 }))],
      }),
    }),
  examples: [
    ...recurrentExamples(1, 2),
    {
      name: "Relu",
      inputs: [floats([3, 2, 3]), floats([1, 2, 3]), floats([1, 2, 2]), floats([1, 4])],
      attrs: { activations: ["Relu"], hidden_size: 2 },
      outputs: 2,
    },
    ...(["Affine", "LeakyRelu", "ThresholdedRelu", "ScaledTanh", "HardSigmoid", "Elu", "Softsign", "Softplus"] as const).map((f) => ({
      name: `bidirectional, ${f} then Sigmoid, given lengths`,
      inputs: [floats([3, 2, 3]), floats([2, 2, 3]), floats([2, 2, 2]), floats([2, 4]), lens([3, 2]), floats([2, 2, 2])],
      attrs: { activations: [f, "Sigmoid"], activation_alpha: [0.3], activation_beta: [0.6], hidden_size: 2, direction: "bidirectional" },
      outputs: 2,
    })),
  ],
};
