import { architecture } from "../architecture.js";
import type { Architecture } from "../architecture.js";
import * as field from "../fields.js";
import { activate } from "../layers/activation.js";
import type { Activation } from "../layers/activation.js";
import { conv } from "../layers/affine.js";
import { trainedScale } from "../layers/branch-scale.js";
import { head } from "../layers/head.js";
import { maxPool } from "../layers/pool.js";
import type { Net } from "../net.js";

const fields = {
  units: field.list([3, 4, 6, 3], "residual units of each stage"),
  bottleneck: field.flag(true, "whether a unit has 1×1, 3×3 and 1×1 convolutions, or two 3×3 ones"),
  width: field.width(64, "channels of the first stage; doubled in each of the others"),
  stem: field.choice(["imagenet", "cifar"], "imagenet", "7×7 convolution of stride 2 and max pooling, or one 3×3 convolution"),
  input: field.image([3, 224, 224]),
  classes: field.classes(1000),
  padding: field.padding(),
  activation: field.activation(),
  alpha: field.real(0.2, "α, the factor on the branches"),
  gain: field.real(Math.sqrt(2 / (1 - 1 / Math.PI)), "γ = 1/√Var φ(z), z ~ N(0, 1): the default is ReLU's; tanh 1.5925, GELU 1.7009, SiLU 1.7872"),
  skipInit: field.flag(false, "a trainable factor, 0 at first, multiplies each branch"),
};

interface Settings {
  readonly activation: Activation;
  readonly gain: number;
}

/** Activations with φ(x/β) = φ(x)/β for β > 0, which need one factor instead of two. */
const HOMOGENEOUS: readonly Activation[] = ["relu", "leaky", "identity", "abs"];

/** Appends γ·φ(x/β). */
function scaledActivation(net: Net, x: string, beta: number, { activation: phi, gain }: Settings): string {
  const { b } = net;
  return HOMOGENEOUS.includes(phi) ? b.scale(activate(net, x, phi), gain / beta) : b.scale(activate(net, b.scale(x, 1 / beta), phi), gain);
}

/** Describes normaliser-free ResNets. */
export const nfResnet: Architecture = architecture({
  name: "nf-resnet",
  summary: "Normaliser-free ResNet y = x + α·F(x/β), β² the expected variance of x, with scaled weight standardisation (Brock, De & Smith 2021).",
  fields,
  build: (net, s) => {
    const { b } = net;
    const input = net.input("input", s.input);
    const options = { padding: s.padding, standardised: true };
    let x = net.within("stem", () =>
      s.stem === "cifar"
        ? conv(net, input, s.width, options)
        : maxPool(net, conv(net, input, s.width, { ...options, kernel: 7, stride: 2 }), 3, 2, 1),
    );
    let variance = 1;
    const unit = (from: string, width: number, stride: number): string => {
      const out = s.bottleneck ? 4 * width : width;
      const changes = stride !== 1 || b.shape(from)[1] !== out;
      const ready = net.within("act1", () => scaledActivation(net, from, Math.sqrt(variance), s));
      const layers = s.bottleneck
        ? [
            { out: width, kernel: 1 },
            { out: width, kernel: 3, stride },
            { out, kernel: 1 },
          ]
        : [
            { out: width, kernel: 3, stride },
            { out, kernel: 3 },
          ];
      const f = net.within("branch", () =>
        layers.reduce((v, layer, i) => {
          const at = i === 0 ? v : net.within(`act${i + 1}`, () => scaledActivation(net, v, 1, s));
          return net.within(`conv${i + 1}`, () => conv(net, at, layer.out, { ...options, ...layer }));
        }, ready),
      );
      const carried = changes ? net.within("shortcut", () => conv(net, ready, out, { ...options, kernel: 1, stride })) : from;
      variance = (changes ? 1 : variance) + s.alpha ** 2;
      const closed = s.skipInit ? net.within("branch", () => trainedScale(net, f, 0)) : f;
      return b.add(carried, b.scale(closed, s.alpha));
    };
    s.units.forEach((units, i) => {
      for (let u = 1; u <= units; u++) x = net.within(`stage${i + 1}/block${u}`, () => unit(x, s.width * 2 ** i, u === 1 && i > 0 ? 2 : 1));
    });
    if (s.classes === null) return x;
    x = net.within("act", () => scaledActivation(net, x, Math.sqrt(variance), s));
    return head(net, x, s.classes);
  },
});
