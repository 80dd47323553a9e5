import { architecture } from "../architecture.js";
import type { Architecture } from "../architecture.js";
import * as field from "../fields.js";
import { head } from "../layers/head.js";
import { sequence, tokensOf } from "../layers/sequence.js";

const fields = {
  depth: field.depth(10, "L, the number of hidden layers"),
  width: field.width(64),
  input: field.features(),
  classes: field.classes(),
  activation: field.activation(),
  norm: field.normOfFeatures(),
  groups: field.groups(),
  layer: field.order("weight-norm-act", "order within a layer: also weight-act-norm, norm-act-weight, act-norm-weight, …"),
  bias: field.bias(),
};

/** A plain multilayer perceptron: L layers in one order, then a linear one to the classes. */
export const mlp: Architecture = architecture({
  name: "mlp",
  summary: "Plain multilayer perceptron: L layers of weights, norm and activation, without skips.",
  fields,
  build: (net, s) => {
    let x = net.input("input", [s.input ?? s.width]);
    const filling = { ...s, weight: () => ({ out: s.width }) };
    for (let l = 1; l <= s.depth; l++) x = net.within(`layer${l}`, () => sequence(net, x, tokensOf(s.layer), filling));
    return head(net, x, s.classes);
  },
});
