import { IsogradError } from "../../util/errors.js";
import { architecture } from "../architecture.js";
import type { Architecture } from "../architecture.js";
import * as field from "../fields.js";
import { normal } from "../init/fill.js";
import { activate } from "../layers/activation.js";
import { linear } from "../layers/affine.js";
import { attention } from "../layers/attention.js";
import { scaleBranch } from "../layers/branch-scale.js";
import type { BranchScale } from "../layers/branch-scale.js";
import { norm } from "../layers/norm.js";
import type { Norm } from "../layers/norm.js";
import type { Net } from "../net.js";

const PLACEMENTS = ["pre", "post", "sandwich", "deepnorm"] as const;

const fields = {
  depth: field.depth(6, "L, the number of layers, each of an attention and a feed-forward block"),
  width: field.width(64, "d, features of every position"),
  heads: field.width(4, "number of attention heads, each of d/heads features"),
  hidden: field.optionalSize("features inside the feed-forward blocks (default: 4d)"),
  length: field.length(16, 4096, "T, the number of positions"),
  vocabulary: field.integer(0, "rows of the embedding table for integer tokens; 0: the input is [N, T, d] already"),
  classes: field.classes(),
  output: field.choice(["all", "mean"], "all", "classes at every position, or of the mean over the positions"),
  causal: field.flag(false, "each position attends only to itself and earlier ones (decoder)"),
  placement: field.choice(
    PLACEMENTS,
    "pre",
    "pre: x + F(norm x); post: norm(x + F(x)); sandwich: x + norm(F(norm x)) (Ding et al. 2021); deepnorm: norm((2L)^¼·x + F(x)), weights of F × (8L)^−¼ (Wang et al. 2022)",
  ),
  norm: field.norm("layer", ["none", "layer", "rms"]),
  activation: field.activation("gelu"),
  bias: field.flag(true, "biases of the linear layers"),
  branchScale: field.branchScale(),
  positions: field.flag(true, "adds a trainable vector to each position"),
  embeddingStd: field.real(1, "standard deviation of embeddings and positions"),
};

interface Settings {
  readonly depth: number;
  readonly placement: (typeof PLACEMENTS)[number];
  readonly norm: Norm;
  readonly branchScale: BranchScale;
}

/** Describes transformers, encoder or causal. */
export const transformer: Architecture = architecture({
  name: "transformer",
  summary: "Transformer, encoder or causal, with norms before, after or around the branches, or DeepNorm (Vaswani et al. 2017; Xiong et al. 2020).",
  fields,
  build: (net, s) => {
    if (s.width % s.heads !== 0)
      throw new IsogradError("spec/invalid", '"heads" does not divide "width"', { expected: `a divisor of ${s.width}`, received: String(s.heads) });
    const { b } = net;
    let x = s.vocabulary === 0 ? net.input("input", [s.length, s.width]) : embedded(net, s.vocabulary, s);
    if (s.positions) x = b.add(x, net.parameter("positions", [s.length, s.width], normal(s.embeddingStd)));
    const scale = s.placement === "deepnorm" ? (8 * s.depth) ** -0.25 : 1;
    const feedForward = (v: string): string => {
      const h = net.within("linear1", () => linear(net, v, s.hidden ?? 4 * s.width, { bias: s.bias, scale }));
      return net.within("linear2", () => linear(net, activate(net, h, s.activation), s.width, { bias: s.bias, scale }));
    };
    for (let l = 1; l <= s.depth; l++) {
      x = net.within(`layer${l}/attention`, () => block(net, x, s, (v) => attention(net, v, { ...s, scale })));
      x = net.within(`layer${l}/feedforward`, () => block(net, x, s, feedForward));
    }
    if (s.placement === "pre" || s.placement === "sandwich") x = net.within("norm", () => norm(net, x, s.norm));
    if (s.output === "mean") x = net.within("head", () => b.reduceMean(x, [1], false));
    return s.classes === null ? x : net.within("head", () => linear(net, x, s.classes!));
  },
});

/** Appends the embedding of integer tokens: [N, T] → [N, T, d]. */
function embedded(net: Net, rows: number, s: { readonly length: number; readonly width: number; readonly embeddingStd: number }): string {
  const tokens = net.input("tokens", [s.length], "int64");
  return net.within("embedding", () => net.b.op("Gather", [net.parameter("weight", [rows, s.width], normal(s.embeddingStd)), tokens]));
}

/** Appends a residual block, its norms placed as the settings say. */
function block(net: Net, x: string, s: Settings, branch: (v: string) => string): string {
  const { b } = net;
  const normed = (name: string, v: string): string => net.within(name, () => norm(net, v, s.norm));
  const inside = s.placement === "pre" || s.placement === "sandwich";
  const made = branch(inside ? normed("norm", x) : x);
  const f = scaleBranch(net, s.placement === "sandwich" ? normed("norm2", made) : made, s.branchScale, 2 * s.depth);
  const sum = b.add(s.placement === "deepnorm" ? b.scale(x, (2 * s.depth) ** 0.25) : x, f);
  return inside ? sum : normed("norm", sum);
}
