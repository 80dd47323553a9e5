import type { NonFinite } from "../probe/first-non-finite.js";
import type { Decision, Cause, Growth, Law, Spread } from "../verdict/types.js";
import type { FindingRow } from "./finding-schema.js";

// The record that `isograd check --json` writes: the contract of the command line. Fields may be added, never renamed.
// In JSON non-finite numbers are the strings "NaN", "Infinity" and "-Infinity"; null means not defined.

/** One cut of the trunk. */
export interface TrunkRow {
  /** The file's name of the value. */
  readonly value: string;
  readonly depth: number;
  readonly op: string | null;
  /** Whether a block begins or ends here. */
  readonly boundary: boolean;
  /** 0 on the trunk of the whole network, more inside spliced forks (time steps, a long skip). */
  readonly nesting: number;
  /** ln of the Frobenius norm of d(mean loss)/d value over the whole tensor, batch included, unscaled. */
  readonly lnGradient: number | null;
  /** ½ ln mean x². */
  readonly lnActivation: number | null;
  /**
   * 95 % interval of the mean of ln‖g‖ over the replicates; of N examples + ½ ln N, so that N alike ones give lnGradient. Where a few examples
   * outweigh the rest, lnGradient lies above it. Null where there is none.
   */
  readonly low: number | null;
  readonly high: number | null;
  /** ln of the gradient scale coefficient up to the last row (0 there). */
  readonly lnScaleFree: number | null;
  /** Mean pairwise cosine of the examples. */
  readonly cosine: number | null;
  /** Share of mean x² that differs between the examples. */
  readonly centredShare: number | null;
}

/** One block; `from` and `to` are values of the trunk. */
export interface BlockRow {
  /** What the block is called: the module that its weights share, else the value that it ends with. */
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly fromDepth: number;
  readonly toDepth: number;
  readonly kind: "plain" | "residual" | "gated" | "dense" | "other";
  readonly skip: "identity" | "projection" | "scaled" | null;
  readonly branchScale: number | null;
  readonly role: "stem" | "body" | "head";
  readonly norms: readonly string[];
  /** ln of the factor on the squared gradient norm, output to input. */
  readonly lnGain: number | null;
  /** The same of the branch alone: what it adds to the gradient of its input, over the block's output. Null where the block is no residual or dense one. */
  readonly lnBranchGain?: number | null;
}

/** One parameter. */
export interface ParameterRow {
  readonly name: string;
  readonly shape: readonly number[];
  readonly lnGradient: number | null;
  readonly lnWeight: number | null;
  /** ln of lr·‖gradient‖/‖weight‖ of a step of plain gradient descent; null without a learning rate. */
  readonly lnUpdateRatio?: number | null;
  /** Share of its non-zero gradient elements that would become 0 in the format. */
  readonly lostFloat16: number | null;
  readonly lostBfloat16: number | null;
}

/** The output of one activation function. */
export interface UnitRow {
  readonly value: string;
  readonly op: string;
  /** Share of units (features; channels of a map) that are zero, or flat, for every example of the batch. */
  readonly dead: number | null;
  readonly saturated: number | null;
  readonly size: number;
}

/** A check-up. */
export interface CheckRecord {
  readonly schema: "isograd/check/1";
  readonly model: { readonly name: string; readonly nodes: number; readonly parameters: number; readonly opset: number; readonly producer: string };
  /** Every choice that was made for the user: inputs drawn, dims bound, loss, runtime, seed. */
  readonly settings: readonly { readonly what: string; readonly value: string }[];
  readonly verdict: Decision;
  readonly cause: Cause | null;
  readonly law: Law;
  /** The verdict in one sentence of plain words. */
  readonly sentence: string;
  readonly loss: number | null;
  /** Input to output. */
  readonly trunk: readonly TrunkRow[];
  readonly blocks: readonly BlockRow[];
  readonly growth: { readonly gradient: Growth; readonly scaleFree: Growth };
  /** What the verdict averages over, and the band of the picture with it; null where there is one profile only. */
  readonly replicates?: { readonly over: "examples" | "batches"; readonly count: number } | null;
  /** Largest rise and fall of ln gradient norm, output to input, over the body. */
  readonly spread: { readonly rise: Spread; readonly fall: Spread } | null;
  readonly parameters: readonly ParameterRow[];
  readonly units: readonly UnitRow[];
  /** `lossScale`: the power of two that fits this batch's gradients into float16; null, and its logarithm only, where it is beyond a double. */
  readonly precision: {
    readonly lossScale: number | null;
    readonly lnLossScale?: number | null;
    readonly lostFloat16: number | null;
    readonly lostBfloat16: number | null;
  } | null;
  readonly curvature: { readonly lambdaMax: number | null; readonly limit: number | null; readonly learningRate: number | null } | null;
  /** The first value of the run that is not finite; null where all are. */
  readonly nonFinite?: NonFinite | null;
  readonly findings: readonly FindingRow[];
  readonly seconds: number;
  /** The command line that makes this record again. */
  readonly command?: string;
  /** The law held against the profile, as the line to draw; null where none is decided. */
  readonly fit?: { readonly label: string; readonly points: readonly { readonly depth: number; readonly lnGradient: number }[] } | null;
}
