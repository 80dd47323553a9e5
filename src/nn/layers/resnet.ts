import type { z } from "zod";
import * as field from "../fields.js";
import type { Net } from "../net.js";
import type { Activation } from "./activation.js";
import type { ConvOptions, Padding } from "./affine.js";
import type { Norm } from "./norm.js";
import { residual } from "./residual.js";
import type { BranchScale } from "./branch-scale.js";
import type { Skip } from "./residual.js";
import { sequence } from "./sequence.js";
import type { LayerOptions } from "./sequence.js";
import type { Token } from "./sequence.js";

/** Orders of norm, activation and addition in a residual unit: He et al. 2016, figure 4 (a) to (e). */
export const UNIT_ORDERS = ["original", "norm-after-addition", "relu-before-addition", "relu-only-pre-activation", "full-pre-activation"] as const;
export type UnitOrder = (typeof UNIT_ORDERS)[number];

/** Returns the order of the layers in a branch of `weights` weight layers, and of those after the sum. */
function unit(order: UnitOrder, weights: number): { readonly branch: string; readonly after: string } {
  const repeat = (tokens: string, count = weights): string => new Array<string>(count).fill(tokens).join("-");
  const post = [repeat("weight-norm-act", weights - 1), "weight"].filter((t) => t !== "").join("-");
  switch (order) {
    case "original":
      return { branch: `${post}-norm`, after: "act" };
    case "norm-after-addition":
      return { branch: post, after: "norm-act" };
    case "relu-before-addition":
      return { branch: `${post}-norm-act`, after: "none" };
    case "relu-only-pre-activation":
      return { branch: repeat("act-weight-norm"), after: "none" };
    case "full-pre-activation":
      return { branch: repeat("norm-act-weight"), after: "none" };
  }
}

/** Returns the layers of the stem: after its convolution come the norm and activation that the first unit does not bring itself. */
function stemOrder(order: UnitOrder): readonly Token[] {
  if (order === "full-pre-activation") return ["weight"];
  return order === "relu-only-pre-activation" ? ["weight", "norm"] : ["weight", "norm", "act"];
}

/** Fields that all ResNets have. */
export interface ResNetFields {
  readonly order: UnitOrder;
  readonly skip: Skip;
  readonly skipScale: number;
  readonly branchScale: BranchScale;
  readonly gateBias: number;
  readonly dropout: number;
  readonly zeroGamma: boolean;
  readonly downsample: "projection" | "pad";
  readonly activation: Activation;
  readonly norm: Norm;
  readonly groups: number;
  readonly bias: boolean | undefined;
  readonly padding: Padding;
}

/** Returns the schemas of the fields that all ResNets have. */
export const resnetFields = (downsample: ResNetFields["downsample"]): { readonly [K in keyof ResNetFields]: z.ZodType<ResNetFields[K]> } => ({
  order: field.choice(
    UNIT_ORDERS,
    "original",
    "order of norm, activation and addition in a unit (He et al. 2016, figure 4): original is v1, full-pre-activation v2",
  ),
  skip: field.skip(),
  skipScale: field.skipScale(),
  branchScale: field.branchScale(),
  gateBias: field.gateBias(-6),
  dropout: field.dropout(),
  zeroGamma: field.zeroGamma(),
  downsample: field.choice(
    ["projection", "pad"],
    downsample,
    "the shortcut where the size changes: a 1×1 convolution (option B), or subsampling with zeros for the new channels (option A)",
  ),
  activation: field.activation(),
  norm: field.norm("batch"),
  groups: field.groups(),
  bias: field.optionalFlag("biases of the convolutions (default: only without norms)"),
  padding: field.padding(),
});

/** Returns the options of the layers. The published networks have norms and no biases. */
const layerOptionsOf = (s: ResNetFields): LayerOptions => ({ ...s, bias: s.bias ?? s.norm === "none" });

/** Appends the stem of a ResNet: its first convolution with the norm and activation that follow. */
export const resnetStem = (net: Net, x: string, s: ResNetFields, own: ConvOptions & { readonly out: number }): string =>
  net.within("stem", () => sequence(net, x, stemOrder(s.order), { ...layerOptionsOf(s), weight: () => ({ padding: s.padding, ...own }) }));

/** One stage of a ResNet: units of the same width and resolution. */
export interface Stage {
  readonly units: number;
  readonly width: number;
  /** Stride of its first unit. */
  readonly stride: number;
}

/**
 * Appends the units of all stages. A unit has two 3×3 convolutions, or, with bottlenecks, 1×1, 3×3 and 1×1 ones, the last of four times the
 * stage's width. Returns also the order of the layers in a branch.
 */
export function resnetStages(
  net: Net,
  from: string,
  s: ResNetFields,
  stages: readonly Stage[],
  bottleneck: boolean,
): { readonly x: string; readonly branch: string } {
  const orders = unit(s.order, bottleneck ? 3 : 2);
  const options = { ...s, ...orders, layerOptions: layerOptionsOf(s) };
  const blocks = stages.reduce((n, stage) => n + stage.units, 0);
  let x = from;
  stages.forEach((stage, i) => {
    const out = bottleneck ? 4 * stage.width : stage.width;
    for (let u = 1; u <= stage.units; u++) {
      const stride = u === 1 ? stage.stride : 1;
      const weight = (k: number): ConvOptions & { readonly out: number } => {
        const { padding } = s;
        if (!bottleneck) return { out, padding, stride: k === 0 ? stride : 1 };
        return k === 1 ? { out: stage.width, padding, stride } : { out: k === 0 ? stage.width : out, kernel: 1 };
      };
      x = net.within(`stage${i + 1}/block${u}`, () => residual(net, x, options, { blocks, out, stride, weight, resize: s.downsample }));
    }
  });
  return { x, branch: orders.branch };
}
