import { architecture } from "../architecture.js";
import type { Architecture } from "../architecture.js";
import * as field from "../fields.js";
import { conv } from "../layers/affine.js";
import { head } from "../layers/head.js";
import { highwayLayer } from "../layers/highway.js";

const fields = {
  depth: field.depth(10, "L, the number of highway layers"),
  width: field.width(32, "channels of every layer"),
  input: field.image([3, 16, 16]),
  classes: field.classes(),
  padding: field.padding(),
  activation: field.activation(),
  gateBias: field.gateBias(-2),
  gateVariance: field.gateVariance(),
};

/** Describes highway networks of convolutions. */
export const highwayConv: Architecture = architecture({
  name: "highway-conv",
  summary: "Convolutional highway network: 3×3 convolutions for W and W_T (Srivastava, Greff & Schmidhuber 2015).",
  fields,
  build: (net, s) => {
    let x = net.input("input", s.input);
    x = net.within("stem", () => conv(net, x, s.width, { padding: s.padding }));
    for (let l = 1; l <= s.depth; l++) x = net.within(`block${l}`, () => highwayLayer(net, x, s));
    return head(net, x, s.classes);
  },
});
