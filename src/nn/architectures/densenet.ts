import { architecture } from "../architecture.js";
import type { Architecture } from "../architecture.js";
import * as field from "../fields.js";
import { conv } from "../layers/affine.js";
import { head } from "../layers/head.js";
import { averagePool, maxPool } from "../layers/pool.js";
import { sequence, tokensOf } from "../layers/sequence.js";
import type { Net } from "../net.js";

/** Number of layers in each dense block: Huang et al. 2017, table 1. */
const LAYERS: Readonly<Record<string, readonly number[]>> = {
  "121": [6, 12, 24, 16],
  "169": [6, 12, 32, 32],
  "201": [6, 12, 48, 32],
  "161": [6, 12, 36, 24],
};

const fields = {
  depth: field.oneOf([121, 161, 169, 201], 121, "layers with weights (161 is published with growth 48 and width 96)"),
  layers: field.optionalSizes("number of layers in each dense block, instead of depth"),
  growth: field.width(32, "k, the channels that each layer adds"),
  width: field.width(64, "channels before the first dense block"),
  bottleneck: field.flag(true, "a 1×1 convolution to 4k channels before each 3×3 one"),
  compression: field.fraction(0.5, "fraction of the channels that a transition keeps"),
  stem: field.choice(["imagenet", "cifar"], "imagenet", "7×7 convolution of stride 2 and max pooling, or one 3×3 convolution"),
  input: field.image([3, 224, 224]),
  classes: field.classes(1000),
  padding: field.padding(),
  activation: field.activation(),
  norm: field.norm("batch"),
  groups: field.groups(),
  bias: field.flag(false, "biases of the convolutions"),
};

/** Describes DenseNets. */
export const densenet: Architecture = architecture({
  name: "densenet",
  summary:
    "DenseNet-121 to DenseNet-201, or any number of layers in each block: the output of each layer is concatenated to its input (Huang et al. 2017).",
  fields,
  build: (net, s) => {
    const { b } = net;
    const order = s.bottleneck ? "norm-act-weight-norm-act-weight" : "norm-act-weight";
    const layer = (x: string): string => {
      const weight = (i: number, count: number): { out: number; kernel: number } =>
        i === count - 1 ? { out: s.growth, kernel: 3 } : { out: 4 * s.growth, kernel: 1 };
      const grown = net.within("branch", () =>
        sequence(net, x, tokensOf(order), { ...s, weight: (i, count) => ({ ...weight(i, count), padding: s.padding }) }),
      );
      return b.concat([x, grown], 1);
    };
    const transition = (x: string): string => {
      const out = Math.max(1, Math.floor(s.compression * b.shape(x)[1]!));
      return averagePool(net, sequence(net, x, tokensOf("norm-act-weight"), { ...s, weight: () => ({ out, kernel: 1 }) }), 2);
    };
    let x = net.within("stem", () => first(net, s));
    const blocks = s.layers ?? LAYERS[String(s.depth)]!;
    blocks.forEach((layers, i) => {
      for (let l = 1; l <= layers; l++) x = net.within(`block${i + 1}/layer${l}`, () => layer(x));
      if (i < blocks.length - 1) x = net.within(`transition${i + 1}`, () => transition(x));
    });
    return head(net, x, s.classes, { branch: order, layerOptions: s });
  },
});

type Stem = Pick<
  { readonly [K in keyof typeof fields]: ReturnType<(typeof fields)[K]["parse"]> },
  "stem" | "input" | "width" | "padding" | "bias" | "norm" | "activation"
>;

/** Appends the layers before the first dense block. */
function first(net: Net, s: Stem): string {
  const input = net.input("input", s.input);
  const { width: out, padding, bias } = s;
  if (s.stem === "cifar") return conv(net, input, out, { padding, bias });
  const x = sequence(net, input, tokensOf("weight-norm-act"), { ...s, weight: () => ({ out, padding, kernel: 7, stride: 2 }) });
  return maxPool(net, x, 3, 2, 1);
}
