import { IsogradError } from "../../util/errors.js";
import { constant } from "../init/fill.js";
import type { Fans, Fill } from "../init/fill.js";
import { weightFill } from "../init/scheme.js";
import type { Net } from "../net.js";
import { affine } from "./affine.js";
import type { ConvOptions } from "./affine.js";
import { scaleBranch, trainedScale, trainedShift } from "./branch-scale.js";
import type { BranchScale } from "./branch-scale.js";
import { norm } from "./norm.js";
import { preActivation, sequence, tokensOf, countWeights } from "./sequence.js";
import type { LayerOptions } from "./sequence.js";

/** Kinds of shortcut around the branch: He et al. 2016, table 1 and figure 2. */
export const SKIPS = ["identity", "none", "projection", "exclusive-gate", "shortcut-gate", "dropout"] as const;
export type Skip = (typeof SKIPS)[number];

/** Options that all residual blocks of a network share. */
export interface ResidualOptions {
  /** Order of the layers in the branch. */
  readonly branch: string;
  /** Order of the layers after the sum, or `none`. */
  readonly after: string;
  readonly skip: Skip;
  /** The factor λ on the shortcut. */
  readonly skipScale: number;
  readonly branchScale: BranchScale;
  /** Initial bias of the gates of `exclusive-gate` and `shortcut-gate`. */
  readonly gateBias: number;
  /** Fraction of elements that a `dropout` shortcut drops. */
  readonly dropout: number;
  /** Whether γ of the last norm of a branch starts at 0. */
  readonly zeroGamma: boolean;
  readonly layerOptions: LayerOptions;
}

/** Sizes of one block. */
export interface ResidualBlock {
  /** Number of blocks L. */
  readonly blocks: number;
  /** Channels or features of the block's output. */
  readonly out: number;
  /** Options of weight layer `i` of `count` in the branch (default: `out` outputs; the first has the block's stride). */
  readonly weight?: (i: number, count: number) => ConvOptions & { readonly out: number };
  readonly stride?: number;
  /**
   * The shortcut where the size changes: a 1×1 convolution and a norm, or subsampling with zeros for the new channels (options
   * B and A of He et al. 2015).
   */
  readonly resize?: "projection" | "pad";
}

/**
 * Appends a residual block y = after(λ·shortcut(x) + α·F(x)). Where the size changes, the shortcut resizes x; in a pre-activated block a
 * projection then takes the same normed and activated value as the first weight of F (He et al. 2016).
 */
export function residual(net: Net, x: string, o: ResidualOptions, block: ResidualBlock): string {
  const { b } = net;
  const changes = b.shape(x)[1] !== block.out || (block.stride ?? 1) !== 1;
  const tokens = tokensOf(o.branch);
  const before = preActivation(o.branch);
  // Where the shortcut is a projection, branch and shortcut share the pre-activation: it comes before the fork.
  const shared = changes && before.length > 0 && block.resize !== "pad" && o.skip !== "none";
  const layerOptions = branchLayerOptions(net, o, block);
  const from = shared ? net.within("preparation", () => sequence(net, x, before, layerOptions)) : x;
  const f = net.within("branch", () =>
    scaled(net, sequence(net, from, shared ? tokens.slice(before.length) : tokens, layerOptions), o.branchScale, block.blocks),
  );
  return sequence(net, joined(net, from, f, changes, o, block), tokensOf(o.after), o.layerOptions);
}

/** Returns the options of the branch's layers: those of all layers, changed for the sizes of the block, γ = 0 and Fixup. */
function branchLayerOptions(net: Net, o: ResidualOptions, block: ResidualBlock): LayerOptions {
  const fixup = net.init.scheme === "fixup";
  const layers = countWeights(o.branch);
  const shift = o.layerOptions.before;
  return {
    ...o.layerOptions,
    weight: (i, count) => {
      const own = block.weight?.(i, count) ?? { out: block.out, stride: i === 0 ? (block.stride ?? 1) : 1 };
      return fixup ? { ...own, bias: false, ...fixupWeight(net, i, layers, block.blocks) } : own;
    },
    norms: (i, count) => ({ ...o.layerOptions.norms?.(i, count), ...(o.zeroGamma && i === count - 1 ? { gamma: 0 } : {}) }),
    ...(fixup ? { before: (token, v, i) => (token === "norm" ? v : trainedShift(net, shift?.(token, v, i) ?? v)) } : {}),
  };
}

/**
 * Returns how Fixup initialises weight `i` of the m weights of a branch: the last one with 0, the others by He's scheme divided by L^{1/(2m−2)}
 * (Zhang, Dauphin & Ma 2019, algorithm 1).
 */
function fixupWeight(net: Net, i: number, m: number, blocks: number): { readonly fill: (fans: Fans) => Fill } {
  if (i === m - 1) return { fill: () => constant(0) };
  return { fill: (fans) => weightFill(net.init, fans, blocks ** (-1 / (2 * m - 2))) };
}

/** Appends α·f, after Fixup's trainable factor and shift. */
const scaled = (net: Net, f: string, by: BranchScale, blocks: number): string =>
  scaleBranch(net, net.init.scheme === "fixup" ? trainedShift(net, trainedScale(net, f, 1)) : f, by, blocks);

/** Appends λ·shortcut(x) + f. */
function joined(net: Net, x: string, f: string, changes: boolean, o: ResidualOptions, block: ResidualBlock): string {
  if (o.skip === "none") return f;
  const { b } = net;
  const [carried, gated] = net.within("shortcut", () => carry(net, x, f, changes, o, block));
  return b.add(carried, gated);
}

/** Appends the shortcut and the gates, and returns the two terms of the sum. */
function carry(net: Net, x: string, f: string, changes: boolean, o: ResidualOptions, block: ResidualBlock): readonly [string, string] {
  const { b } = net;
  const plain = o.skip === "projection" && !changes ? projected(net, x, o, block) : changes ? resized(net, x, o, block) : x;
  const by = (factor: string): string => b.scale(b.mul(plain, factor), o.skipScale);
  const gate = (): string =>
    net.within("gate", () => b.op("Sigmoid", [affine(net, x, block.out, { kernel: 1, stride: block.stride ?? 1, biasFill: constant(o.gateBias) })]));
  const complement = (g: string): string => b.sub(b.scalar(1, g), g);
  switch (o.skip) {
    case "shortcut-gate":
      return [by(complement(gate())), f];
    case "exclusive-gate": {
      const g = gate();
      return [by(complement(g)), b.mul(f, g)];
    }
    case "dropout":
      return [b.op("Dropout", [b.scale(plain, o.skipScale), b.scalar(o.dropout, x), b.scalarOf("bool", 1)]), f];
    default:
      return [b.scale(plain, o.skipScale), f];
  }
}

/** Appends a 1×1 projection of x; a norm follows it unless the block is pre-activated. */
function projected(net: Net, x: string, o: ResidualOptions, block: ResidualBlock): string {
  const prepared = preActivation(o.branch).length > 0;
  const normed = o.layerOptions.norm !== "none" && !prepared;
  const y = affine(net, x, block.out, { kernel: 1, stride: block.stride ?? 1, bias: false });
  return normed ? norm(net, y, o.layerOptions.norm) : y;
}

/** Appends the shortcut of a block whose size changes. Error `spec/invalid`. */
function resized(net: Net, x: string, o: ResidualOptions, block: ResidualBlock): string {
  if (block.resize !== "pad") return projected(net, x, o, block);
  const { b } = net;
  const stride = block.stride ?? 1;
  const [, channels, ...size] = b.shape(x);
  const end = 2 ** 31 - 1;
  const subsampled =
    stride === 1
      ? x
      : b.slice(
          x,
          size.map(() => 0),
          size.map(() => end),
          size.map((_, i) => i + 2),
          size.map(() => stride),
        );
  const missing = block.out - channels!;
  if (missing < 0)
    throw new IsogradError("spec/invalid", "a shortcut that pads cannot drop channels", { received: `${channels} to ${block.out} channels` });
  return b.pad(subsampled, [0, Math.floor(missing / 2), ...size.map(() => 0)], [0, Math.ceil(missing / 2), ...size.map(() => 0)]);
}
