import { architecture } from "../architecture.js";
import type { Architecture } from "../architecture.js";
import * as field from "../fields.js";
import { linear } from "../layers/affine.js";
import { head } from "../layers/head.js";
import { highwayLayer } from "../layers/highway.js";

const fields = {
  depth: field.depth(10, "L, the number of highway layers"),
  width: field.width(64),
  input: field.features(),
  classes: field.classes(),
  activation: field.activation(),
  gateBias: field.gateBias(-2),
  gateVariance: field.gateVariance(),
};

/** Describes highway networks of dense layers: y = T·φ(Wx + b) + (1 − T)·x, T = σ(W_T·x + b_T). */
export const highway: Architecture = architecture({
  name: "highway",
  summary: "Highway network y = T·φ(Wx + b) + (1 − T)·x with T = σ(W_T·x + b_T), dense (Srivastava, Greff & Schmidhuber 2015).",
  fields,
  build: (net, s) => {
    let x = net.input("input", [s.input ?? s.width]);
    if (s.input !== undefined && s.input !== s.width) x = net.within("stem", () => linear(net, x, s.width));
    for (let l = 1; l <= s.depth; l++) x = net.within(`block${l}`, () => highwayLayer(net, x, s));
    return head(net, x, s.classes);
  },
});
