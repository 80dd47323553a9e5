import { floats } from "./shared/examples.js";
import { RECURRENT_ATTRS, unroll } from "./shared/recurrent.js";
import type { DirectionPass } from "./shared/recurrent.js";
import { lens, recurrentExamples } from "./shared/recurrent-examples.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/**
 * Long short-term memory, unrolled: cₜ = f·cₜ₋₁ + i·g(…), hₜ = o·h(cₜ), gates i, o, f of x·Wᵀ + h·Rᵀ + biases (+ P·c with peepholes: c is cₜ for o).
 * Gates are stored as i, o, f, c. As in onnxruntime, `clip` bounds what enters the gates, not the cell state before hₜ.
 */
export const LSTM: Op<"X" | "W" | "R" | "B" | "sequence_lens" | "initial_h" | "initial_c" | "P", "Y" | "Y_h" | "Y_c"> = {
  name: "LSTM",
  since: [7, 14, 22],
  inputs: { X: one, W: one, R: one, B: optional, sequence_lens: optional, initial_h: optional, initial_c: optional, P: optional },
  outputs: { Y: optional, Y_h: optional, Y_c: optional },
  attrs: { ...RECURRENT_ATTRS, input_forget: { kind: "flag", default: 0 } },
  decompose: (c) => {
    const coupled = c.attrs.flag("input_forget");
    return unroll(c, {
      gates: 4,
      activations: ["Sigmoid", "Tanh", "Tanh"],
      initial: [c.x.initial_h, c.x.initial_c],
      cell: (pass) => {
        const {
          b,
          hidden,
          R,
          Wb,
          Rb,
          activations: [f, g, h],
        } = pass;
        const [Pi, Po, Pf] = peepholes(pass, c.x.P);
        const seen = (gate: string, state: string, weight: string | undefined): string =>
          weight === undefined ? gate : b.add(gate, b.mul(state, weight));
        return {
          bias: Wb && b.add(Wb, Rb!),
          step: ([x], [hidden0, cell0]) => {
            const gates = b.op("Gemm", [hidden0!, R, x!], { transB: 1 });
            const [i, o, forget, candidate] = b.split(gates, [hidden, hidden, hidden, hidden], 1);
            const input = f!(seen(i!, cell0!, Pi));
            const keep = coupled ? b.sub(b.scalar(1, input), input) : f!(seen(forget!, cell0!, Pf));
            const cell = b.add(b.mul(keep, cell0!), b.mul(input, g!(candidate!)));
            return [b.mul(f!(seen(o!, cell, Po)), h!(cell)), cell];
          },
        };
      },
    });
  },
  examples: [
    ...recurrentExamples(4, 3),
    {
      name: "initial states, peepholes",
      inputs: [floats([3, 2, 3]), floats([1, 8, 3]), floats([1, 8, 2]), floats([1, 16]), null, floats([1, 2, 2]), floats([1, 2, 2]), floats([1, 6])],
      attrs: { hidden_size: 2 },
      outputs: 3,
    },
    {
      name: "coupled gates, peepholes, bidirectional, lengths",
      inputs: [
        floats([3, 2, 2]),
        floats([2, 8, 2]),
        floats([2, 8, 2]),
        floats([2, 16]),
        lens([2, 3]),
        floats([2, 2, 2]),
        floats([2, 2, 2]),
        floats([2, 6]),
      ],
      attrs: { hidden_size: 2, direction: "bidirectional", input_forget: 1 },
      outputs: 3,
    },
    {
      name: "other activations",
      inputs: [floats([2, 2, 2]), floats([1, 8, 2]), floats([1, 8, 2]), floats([1, 16]), null, floats([1, 2, 2]), floats([1, 2, 2])],
      attrs: { hidden_size: 2, activations: ["HardSigmoid", "Softsign", "ScaledTanh"], activation_alpha: [0.15, 0.9], activation_beta: [0.45, 1.1] },
      outputs: 3,
    },
  ],
};

function peepholes({ b, hidden, own }: DirectionPass, P: string): readonly (string | undefined)[] {
  return P === "" ? [] : b.split(own(P), [hidden, hidden, hidden], 0);
}
