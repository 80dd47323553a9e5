import { floats } from "./shared/examples.js";
import { RECURRENT_ATTRS, unroll } from "./shared/recurrent.js";
import { lens, recurrentExamples } from "./shared/recurrent-examples.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/**
 * Gated recurrent unit, unrolled: hₜ = (1 − z)·n + z·hₜ₋₁ with update gate z, reset gate r (both f of x·Wᵀ + h·Rᵀ + biases) and
 * n = g(x·Wₙᵀ + (r·h)·Rₙᵀ + biases), or with linear_before_reset n = g(x·Wₙᵀ + Wbₙ + r·(h·Rₙᵀ + Rbₙ)). Gates are stored as z, r, h.
 */
export const GRU: Op<"X" | "W" | "R" | "B" | "sequence_lens" | "initial_h", "Y" | "Y_h"> = {
  name: "GRU",
  since: [7, 14, 22],
  inputs: { X: one, W: one, R: one, B: optional, sequence_lens: optional, initial_h: optional },
  outputs: { Y: optional, Y_h: optional },
  attrs: { ...RECURRENT_ATTRS, linear_before_reset: { kind: "flag", default: 0 } },
  decompose: (c) => {
    const linear = c.attrs.flag("linear_before_reset");
    return unroll(c, {
      gates: 3,
      activations: ["Sigmoid", "Tanh"],
      initial: [c.x.initial_h],
      cell: ({ b, hidden, R, Wb, Rb, activations: [f, g] }) => {
        const [Rzr, Rn] = linear ? [] : b.split(R, [2 * hidden, hidden], 0);
        const mix = (gates: string, h: string, candidate: (r: string) => string): string => {
          const [z, r] = b.split(f!(gates), [hidden, hidden], 1);
          const n = g!(candidate(r!));
          return b.add(b.mul(b.sub(b.scalar(1, h), z!), n), b.mul(z!, h));
        };
        return {
          bias: linear ? Wb : Wb && b.add(Wb, Rb!),
          columns: [2, 1],
          step: ([xzr, xn], [h]) => {
            if (!linear) {
              const gates = b.op("Gemm", [h!, Rzr!, xzr!], { transB: 1 });
              return [mix(gates, h!, (r) => b.op("Gemm", [b.mul(r, h!), Rn!, xn!], { transB: 1 }))];
            }
            const [hzr, hn] = b.split(b.op("Gemm", [h!, R, Rb ?? ""], { transB: 1 }), [2 * hidden, hidden], 1);
            return [mix(b.add(xzr!, hzr!), h!, (r) => b.add(xn!, b.mul(r, hn!)))];
          },
        };
      },
    });
  },
  examples: [
    ...recurrentExamples(3, 2),
    ...recurrentExamples(3, 2, { linear_before_reset: 1 }),
    {
      name: "other activations, bidirectional",
      inputs: [floats([2, 2, 2]), floats([2, 6, 2]), floats([2, 6, 2]), floats([2, 12]), lens([2, 1]), floats([2, 2, 2])],
      attrs: {
        activations: ["HardSigmoid", "ScaledTanh", "Sigmoid", "Softsign"],
        activation_alpha: [0.15, 0.9],
        activation_beta: [0.45, 1.1],
        hidden_size: 2,
        direction: "bidirectional",
      },
      outputs: 2,
    },
  ],
};
