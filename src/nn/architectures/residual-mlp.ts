import { architecture } from "../architecture.js";
import type { Architecture } from "../architecture.js";
import * as field from "../fields.js";
import { linear } from "../layers/affine.js";
import { head } from "../layers/head.js";
import { residual } from "../layers/residual.js";

const fields = {
  depth: field.depth(10, "L, the number of residual blocks"),
  width: field.width(64),
  input: field.features(),
  classes: field.classes(),
  activation: field.activation(),
  norm: field.normOfFeatures(),
  groups: field.groups(),
  branch: field.order(
    "norm-act-weight",
    "order within the branch: act-weight is W·φ(x), weight-act φ(Wx), weight-act-weight V·φ(Wx), norm-act-weight-norm-act-weight two layers with the norms inside",
  ),
  after: field.orderOr("none", "order of the layers after the sum: norm, act, norm-act or none"),
  skip: field.skip(),
  skipScale: field.skipScale(),
  branchScale: field.branchScale(),
  gateBias: field.gateBias(-6),
  dropout: field.dropout(),
  zeroGamma: field.zeroGamma(),
  bias: field.bias(),
};

/** Describes residual perceptrons: y = after(λ·x + α·F(x)), F any order of weights, norms and activations. */
export const residualMlp: Architecture = architecture({
  name: "residual-mlp",
  summary: "Residual perceptron y = after(λ·x + α·F(x)), F any order of weights, norms and activations.",
  fields,
  fixup: true,
  build: (net, s) => {
    let x = net.input("input", [s.input ?? s.width]);
    if (s.input !== undefined && s.input !== s.width) x = net.within("stem", () => linear(net, x, s.width));
    for (let l = 1; l <= s.depth; l++)
      x = net.within(`block${l}`, () => residual(net, x, { ...s, layerOptions: s }, { blocks: s.depth, out: s.width }));
    return head(net, x, s.classes, { branch: s.branch, layerOptions: s });
  },
});
