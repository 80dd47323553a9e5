import { architecture } from "../architecture.js";
import type { Architecture } from "../architecture.js";
import * as field from "../fields.js";
import { head } from "../layers/head.js";
import { sequence, tokensOf } from "../layers/sequence.js";

const fields = {
  depth: field.depth(10, "L, the number of convolutions"),
  width: field.width(32, "channels of every layer"),
  input: field.image([3, 16, 16]),
  classes: field.classes(),
  kernel: field.kernel(),
  padding: field.padding(),
  activation: field.activation(),
  norm: field.norm(),
  groups: field.groups(),
  layer: field.order("weight-norm-act", "order within a layer"),
  bias: field.bias(),
};

/** Describes plain convolutional networks of one width and resolution. */
export const plainConv: Architecture = architecture({
  name: "plain-conv",
  summary: "Plain convolutional network: L layers of one width and one resolution, without skips.",
  fields,
  build: (net, s) => {
    let x = net.input("input", s.input);
    const layerOptions = { ...s, weight: () => ({ out: s.width, kernel: s.kernel, padding: s.padding }) };
    for (let l = 1; l <= s.depth; l++) x = net.within(`layer${l}`, () => sequence(net, x, tokensOf(s.layer), layerOptions));
    return head(net, x, s.classes);
  },
});
