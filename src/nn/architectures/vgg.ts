import { IsogradError } from "../../util/errors.js";
import { architecture } from "../architecture.js";
import type { Architecture } from "../architecture.js";
import * as field from "../fields.js";
import { linear } from "../layers/affine.js";
import { activate } from "../layers/activation.js";
import { flatten, maxPool } from "../layers/pool.js";
import { sequence, tokensOf } from "../layers/sequence.js";

/** Number of convolutions in each of the five stages: configurations A, B, D and E of Simonyan & Zisserman 2015, table 1. */
const STAGES: Readonly<Record<string, readonly number[]>> = {
  "11": [1, 1, 2, 2, 2],
  "13": [2, 2, 2, 2, 2],
  "16": [2, 2, 3, 3, 3],
  "19": [2, 2, 4, 4, 4],
};
/** Channels of each stage, as a multiple of those of the first. */
const WIDTHS = [1, 2, 4, 8, 8];

const fields = {
  depth: field.oneOf([11, 13, 16, 19], 16, "layers with weights, three of them dense"),
  stages: field.optionalSizes("number of convolutions in each stage, which ends in a max pooling; instead of depth"),
  width: field.width(64, "channels of the first stage; ×2 to ×8 later"),
  input: field.image([3, 224, 224]),
  hidden: field.integer(4096, "features of the two hidden layers after the convolutions; 0: without these layers"),
  classes: field.classes(1000),
  padding: field.padding(),
  activation: field.activation(),
  norm: field.norm("batch"),
  groups: field.groups(),
  layer: field.order("weight-norm-act", "order within a convolutional layer"),
  bias: field.flag(true, "biases of the convolutions, which the published networks have even before norms"),
};

/** Describes VGG networks, optionally with norms. */
export const vgg: Architecture = architecture({
  name: "vgg",
  summary: "VGG-11 to VGG-19 (Simonyan & Zisserman 2015), optionally with norms, or any stages of 3×3 convolutions between max poolings.",
  fields,
  build: (net, s) => {
    let x = net.input("input", s.input);
    const stages = s.stages ?? STAGES[String(s.depth)]!;
    stages.forEach((layers, i) => {
      const out = s.width * (WIDTHS[i] ?? WIDTHS[WIDTHS.length - 1]!);
      const layerOptions = { ...s, weight: () => ({ out, padding: s.padding }) };
      for (let l = 1; l <= layers; l++) x = net.within(`stage${i + 1}/layer${l}`, () => sequence(net, x, tokensOf(s.layer), layerOptions));
      if (net.b.shape(x)[2]! < 2 || net.b.shape(x)[3]! < 2)
        throw new IsogradError("spec/invalid", "the input is too small for so many poolings", {
          received: `${s.input[1]}×${s.input[2]}, ${stages.length} stages`,
        });
      x = net.within(`stage${i + 1}`, () => maxPool(net, x, 2, 2));
    });
    if (s.classes === null) return x;
    x = net.within("head", () => flatten(net, x));
    for (let l = 1; l <= 2 && s.hidden > 0; l++) x = net.within(`head/layer${l}`, () => activate(net, linear(net, x, s.hidden), s.activation));
    return net.within("head", () => linear(net, x, s.classes!));
  },
});
