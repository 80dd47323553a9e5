import { architecture } from "../architecture.js";
import type { Architecture } from "../architecture.js";
import * as field from "../fields.js";
import { conv } from "../layers/affine.js";
import { head } from "../layers/head.js";
import { residual } from "../layers/residual.js";

const fields = {
  depth: field.depth(10, "L, the number of residual blocks"),
  width: field.width(32, "channels of every layer"),
  input: field.image([3, 16, 16]),
  classes: field.classes(),
  kernel: field.kernel(),
  padding: field.padding(),
  activation: field.activation(),
  norm: field.norm(),
  groups: field.groups(),
  branch: field.order("norm-act-weight-norm-act-weight", "order within the branch, as for residual-mlp"),
  after: field.orderOr("none", "order of the layers after the sum: norm, act, norm-act or none"),
  skip: field.skip(),
  skipScale: field.skipScale(),
  branchScale: field.branchScale(),
  gateBias: field.gateBias(-6),
  dropout: field.dropout(),
  zeroGamma: field.zeroGamma(),
  bias: field.bias(),
};

/** Describes residual convolutional networks of one width and resolution. */
export const residualConv: Architecture = architecture({
  name: "residual-conv",
  summary:
    "Residual convolutional network of one width and one resolution: a stem, L blocks y = after(λ·x + α·F(x)), and a linear layer to the classes.",
  fields,
  fixup: true,
  build: (net, s) => {
    const own = { out: s.width, kernel: s.kernel, padding: s.padding };
    let x = net.input("input", s.input);
    x = net.within("stem", () => conv(net, x, s.width, own));
    for (let l = 1; l <= s.depth; l++)
      x = net.within(`block${l}`, () => residual(net, x, { ...s, layerOptions: s }, { blocks: s.depth, out: s.width, weight: () => own }));
    return head(net, x, s.classes, { branch: s.branch, layerOptions: s });
  },
});
