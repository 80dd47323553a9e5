import type { NetSpec } from "../../src/nn/spec.js";
import { ACTIVATIONS } from "../../src/nn/layers/activation.js";
import { SKIPS } from "../../src/nn/layers/residual.js";
import { UNIT_ORDERS } from "../../src/nn/layers/resnet.js";
import { SCHEMES } from "../../src/nn/init/scheme.js";

/** A small network and the blocks that its structure must show, as `tally` counts them: by kind, and by kind of skip. */
export interface SmallNet {
  readonly spec: NetSpec;
  readonly blocks: Readonly<Record<string, number>>;
}

const conv = { width: 4, input: [3, 6, 6] };
const cifar = { arch: "resnet-cifar", depth: 8, width: 4, input: [3, 4, 4], classes: 5 };
const image = { input: [3, 16, 16], width: 4, classes: 5 };
const residual = (identity: number, more: Readonly<Record<string, number>> = {}, plain = 2): Readonly<Record<string, number>> => ({
  plain,
  residual: identity + (more["projection"] ?? 0) + (more["scaled"] ?? 0),
  ...(identity > 0 ? { identity } : {}),
  ...more,
});

/** One of every architecture and variant, small enough to be run in float64 loops. */
export const SMALL_NETS: readonly SmallNet[] = [
  { spec: { arch: "mlp", depth: 4, width: 6 }, blocks: { plain: 5 } },
  { spec: { arch: "mlp", depth: 3, width: 6, input: 3, classes: null }, blocks: { plain: 3 } },
  ...["batch", "layer", "group", "rms"].flatMap((norm) =>
    ["weight-norm-act", "weight-act-norm", "norm-act-weight", "act-norm-weight"].map((layer) => ({
      spec: { arch: "mlp", depth: 3, width: 6, groups: 2, norm, layer },
      blocks: { plain: 4 },
    })),
  ),
  ...ACTIVATIONS.map((activation) => ({ spec: { arch: "mlp", depth: 3, width: 6, activation }, blocks: { plain: 4 } })),
  { spec: { arch: "mlp", depth: 3, width: 6, activation: { name: "leaky", alpha: 0.3 } }, blocks: { plain: 4 } },
  {
    spec: {
      arch: "mlp",
      depth: 3,
      width: 6,
      activation: {
        name: "piecewise",
        points: [
          [-1, 0.5],
          [0, 0],
          [2, 1],
        ],
        before: -0.25,
        after: 1.5,
      },
    },
    blocks: { plain: 4 },
  },
  ...SCHEMES.filter((s) => !["fixup", "fixed", "delta-orthogonal"].includes(s)).map((init) => ({
    spec: { arch: "mlp", depth: 3, width: 6, input: 3, init },
    blocks: { plain: 4 },
  })),
  ...["batch", "layer", "group", "instance", "rms"].map((norm) => ({
    spec: { arch: "plain-conv", depth: 3, groups: 2, norm, ...conv },
    blocks: { plain: 4 },
  })),
  { spec: { arch: "plain-conv", depth: 3, padding: "circular", init: "delta-orthogonal", ...conv }, blocks: { plain: 4 } },
  { spec: { arch: "vgg", stages: [1, 2], hidden: 6, ...image, input: [3, 8, 8] }, blocks: { plain: 6 } },
  { spec: { arch: "vgg", depth: 11, norm: "none", hidden: 0, ...image, input: [3, 32, 32], width: 1 }, blocks: { plain: 9 } },
  { spec: { arch: "residual-mlp", depth: 3, width: 6 }, blocks: residual(3, {}, 1) },
  ...["act-weight", "weight-act", "weight-act-weight", "norm-act-weight", "norm-act-weight-norm-act-weight", "weight-norm-act-weight-norm"].map(
    (branch) => ({
      spec: { arch: "residual-mlp", depth: 3, width: 6, input: 4, norm: "layer", branch },
      blocks: residual(3),
    }),
  ),
  { spec: { arch: "residual-mlp", depth: 3, width: 6, norm: "batch", branch: "act-weight", after: "norm" }, blocks: residual(3, {}, 1) },
  { spec: { arch: "residual-mlp", depth: 3, width: 6, norm: "batch", branch: "act-weight-norm", zeroGamma: true }, blocks: residual(3, {}, 1) },
  ...["1/sqrt(L)", "1/L", 0, { trained: 0 }].map((branchScale) => ({
    spec: { arch: "residual-mlp", depth: 3, width: 6, branch: "act-weight", branchScale },
    blocks: residual(3, {}, 1),
  })),
  { spec: { arch: "residual-mlp", depth: 3, width: 6, branch: "act-weight", skipScale: 0.5 }, blocks: residual(0, { scaled: 3 }, 1) },
  { spec: { arch: "residual-mlp", depth: 3, width: 6, branch: "weight-act-weight", init: "fixup" }, blocks: residual(3, {}, 1) },
  { spec: { arch: "residual-conv", depth: 3, padding: "circular", ...conv }, blocks: residual(3) },
  ...UNIT_ORDERS.map((order) => ({ spec: { ...cifar, norm: "batch", order }, blocks: residual(3) })),
  ...UNIT_ORDERS.map((order) => ({
    spec: { ...cifar, depth: 11, bottleneck: true, downsample: "projection", order },
    blocks: residual(0, { projection: 3 }),
  })),
  ...SKIPS.map((skip) => ({
    spec: { ...cifar, depth: 14, skip },
    blocks: {
      identity: residual(6),
      none: { plain: 14 },
      projection: residual(2, { projection: 4 }),
      "exclusive-gate": { plain: 2, gated: 6 },
      // A gate on the shortcut alone has no second gate beside it, and is no straight way either.
      "shortcut-gate": { plain: 2, other: 6 },
      dropout: residual(6),
    }[skip],
  })),
  { spec: { ...cifar, skipScale: 0.5, branchScale: 0.5 }, blocks: residual(0, { scaled: 3 }) },
  { spec: { ...cifar, norm: "none", init: "fixup" }, blocks: residual(3) },
  { spec: { ...cifar, zeroGamma: true }, blocks: residual(3) },
  { spec: { arch: "resnet", depth: 18, ...image }, blocks: residual(5, { projection: 3 }) },
  { spec: { arch: "resnet", units: [1, 2], bottleneck: true, order: "full-pre-activation", ...image }, blocks: residual(1, { projection: 2 }) },
  { spec: { arch: "nf-resnet", units: [1, 2], ...image }, blocks: residual(1, { projection: 2 }) },
  {
    spec: {
      arch: "nf-resnet",
      units: [2, 1],
      bottleneck: false,
      stem: "cifar",
      skipInit: true,
      activation: "tanh",
      gain: 1.5925,
      ...image,
      input: [3, 8, 8],
    },
    // tanh takes x/β, and the last β is a factor on the whole sum.
    blocks: residual(1, { scaled: 1, projection: 1 }),
  },
  { spec: { arch: "highway", depth: 3, width: 6, gateBias: -1 }, blocks: { gated: 3, plain: 1 } },
  { spec: { arch: "highway-conv", depth: 3, ...conv }, blocks: { gated: 3, plain: 2 } },
  { spec: { arch: "densenet", layers: [2, 3], growth: 2, ...image }, blocks: { plain: 3, dense: 5 } },
  {
    spec: { arch: "densenet", layers: [2, 2], growth: 2, bottleneck: false, stem: "cifar", ...image, input: [3, 8, 8] },
    blocks: { plain: 3, dense: 4 },
  },
  // As many as there are make a dense block, or one residual one inside the other; a window of them is neither.
  { spec: { arch: "joined-mlp", depth: 4, width: 6, skips: 9 }, blocks: { plain: 2, dense: 3 } },
  { spec: { arch: "joined-mlp", depth: 4, width: 6, skips: 9, join: "add" }, blocks: { ...residual(1), plain: 4 } },
  { spec: { arch: "joined-mlp", depth: 4, width: 6, input: 3, join: "mean" }, blocks: { plain: 3, other: 1 } },
  { spec: { arch: "rnn", cell: "elman", length: 5, width: 4, input: 3 }, blocks: { plain: 6 } },
  { spec: { arch: "rnn", cell: "elman", length: 5, width: 4, input: 3, unrolled: true, activation: "sin" }, blocks: { plain: 6 } },
  ...[false, true].map((unrolled) => ({
    spec: { arch: "rnn", cell: "lstm", length: 5, width: 4, input: 3, unrolled, forgetBias: 1 },
    blocks: { plain: 2, gated: 4 },
  })),
  { spec: { arch: "rnn", cell: "lstm", length: 4, layers: 2, width: 4, input: 3 }, blocks: { plain: 3, gated: 6 } },
  { spec: { arch: "rnn", cell: "gru", length: 5, width: 4, input: 3, unrolled: true }, blocks: { plain: 2, gated: 4 } },
  { spec: { arch: "rnn", cell: "gru", length: 5, width: 4, input: 3 }, blocks: { plain: 2, gated: 4 } },
  ...(["pre", "post", "sandwich", "deepnorm"] as const).flatMap((placement) => [
    {
      spec: { arch: "transformer", depth: 2, width: 8, heads: 2, length: 4, placement },
      blocks: placement === "deepnorm" ? residual(0, { scaled: 4 }) : residual(4),
    },
    {
      spec: { arch: "transformer", depth: 2, width: 8, heads: 2, length: 4, placement, norm: "rms", causal: true, vocabulary: 7, output: "mean" },
      blocks: placement === "deepnorm" ? residual(0, { scaled: 4 }) : residual(4),
    },
  ]),
];
