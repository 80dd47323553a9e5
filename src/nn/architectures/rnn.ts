import { architecture } from "../architecture.js";
import type { Architecture } from "../architecture.js";
import * as field from "../fields.js";
import { head } from "../layers/head.js";
import { CELLS, recurrentLayer, unrolledLayer } from "../layers/recurrent.js";

const fields = {
  cell: field.choice(CELLS, "elman", "hₜ = φ(Wxₜ + Rhₜ₋₁ + b), LSTM or GRU"),
  length: field.length(20, 100000, "T, the number of time steps"),
  layers: field.depth(1, "number of layers of cells, one above the other"),
  width: field.width(64, "H, hidden units of every layer"),
  input: field.features(),
  classes: field.classes(),
  activation: field.activation("tanh"),
  forgetBias: field.real(0, "initial bias of the forget gates of an LSTM; 0: drawn as all biases are"),
  unrolled: field.flag(false, "whether the time steps are unrolled into elementary ops, or each layer is one node (RNN, LSTM, GRU)"),
};

/** Describes recurrent networks whose last state is classified. */
export const rnn: Architecture = architecture({
  name: "rnn",
  summary:
    "Recurrent network over T steps, Elman (1990), LSTM (Hochreiter & Schmidhuber 1997) or GRU (Cho et al. 2014); the last state is classified.",
  fields,
  build: (net, s) => {
    const { b } = net;
    const input = net.input("input", [s.length, s.input ?? s.width]);
    let last = input;
    if (s.unrolled) {
      let steps = b.split(input, new Array<number>(s.length).fill(1), 1).map((x) => b.squeeze(x, [1]));
      for (let l = 1; l <= s.layers; l++) steps = [...net.within(`layer${l}`, () => unrolledLayer(net, steps, s))];
      last = steps[steps.length - 1]!;
    } else {
      let x = b.transpose(input, [1, 0, 2]);
      for (let l = 1; l <= s.layers; l++) ({ states: x, last } = net.within(`layer${l}`, () => recurrentLayer(net, x, s)));
    }
    return head(net, last, s.classes);
  },
});
