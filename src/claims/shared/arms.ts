import type { NetSpec } from "../../nn/spec.js";
import type { TrialRequest } from "../../trial/spec.js";
import type { Arm, ArmKind, Budget } from "../claim.js";
import type { Factors } from "./factors.js";
import { label } from "./label.js";
import type { Spelling } from "./label.js";

/** Returns an arm of the experiment itself, its name made from its factors. */
export const testArm = (factors: Factors, spelling?: Spelling): ArmKind => ({ factors, role: "test", name: label(factors, spelling) });

/** Returns an arm that others are compared with, its name made from its factors. */
export const controlArm = (factors: Factors, spelling?: Spelling): ArmKind => ({ factors, role: "control", name: label(factors, spelling) });

/** What the trials of an arm are, at every depth. */
export interface ArmsRequest {
  /** The network but for its depth, its width and its classes; where it names one of these, that stands. */
  readonly net: NetSpec;
  /** Default: the budget's. */
  readonly depths?: readonly number[];
  /** The field of the network that holds the depth (default `depth`). */
  readonly along?: string;
  /** Default: the budget's. */
  readonly width?: number;
  /** Seeds of every depth, or of each: seeds are 0, 1, …, the same in every arm, so that arms of one network share their weights (default: `seedsAt`). */
  readonly seeds?: number | ((depth: number) => number);
  /** Default: the profile. */
  readonly measure?: TrialRequest["measure"];
  /** Default 32. */
  readonly examples?: number;
  readonly inputs?: NonNullable<TrialRequest["batch"]>["inputs"];
  /** Default float64, which holds what grows. */
  readonly dtype?: "float32" | "float64";
}

/** Where examples do not mix each is one draw of the law, with a cotangent of its own: their mean logarithm is known the better. */
export const EXAMPLES = 32;

/**
 * Returns the number of seeds of a depth: more at shallow ones, where margins are narrow and trials cheap. Spread grows with the root of the depth, margins with the depth; the
 * deepest gets the budget's own number.
 */
const seedsAt = ({ depths, seeds }: Budget, depth: number): number => Math.ceil(seeds * Math.min(4, depths[depths.length - 1]! / depth));

/** So many times the seeds of each depth: more where the spread is large beside the margin, as docs/claims-calibration.md tells. */
export const timesSeeds =
  (budget: Budget, times: number): ((depth: number) => number) =>
  (depth) =>
    Math.ceil(times * seedsAt(budget, depth));

/** Returns an arm at each depth: the one place that makes trials. */
export function arms(budget: Budget, kind: ArmKind, request: ArmsRequest): readonly Arm[] {
  const { net, depths = budget.depths, along = "depth", width = budget.width, measure = "profile", examples = EXAMPLES, dtype = "float64" } = request;
  const { inputs, seeds = (depth: number) => seedsAt(budget, depth) } = request;
  return depths.map((depth) => ({
    ...kind,
    depth,
    trials: Array.from({ length: typeof seeds === "number" ? seeds : seeds(depth) }, (_, seed) => ({
      net: { [along]: depth, width, classes: null, ...net },
      batch: { examples, ...(inputs === undefined ? {} : { inputs }) },
      measure,
      seed,
      dtype,
    })),
  }));
}

/** Returns the blocks x ↦ W·φ(x) that the factors describe, with or without a skip around them: the same weights by the same seed. */
export const branchNet = (factors: Factors, more: Readonly<Record<string, unknown>> = {}): NetSpec => ({
  arch: "residual-mlp",
  branch: "act-weight",
  skip: factors.skip === true ? "identity" : "none",
  activation: factors.activation ?? "relu",
  init: { scheme: "he", weightVariance: factors.weightVariance ?? 2 },
  ...(factors.branchScale === undefined ? {} : { branchScale: factors.branchScale }),
  ...normOf(factors),
  ...more,
});

/** Behind BatchNorm a bias would have no effect of its own. */
function normOf({ norm, placement }: Factors): Readonly<Record<string, unknown>> {
  if (norm === undefined || norm === "none") return {};
  if (placement === "post") return { norm, after: "norm" };
  return { norm, branch: "norm-act-weight", ...(norm === "batch" ? { bias: false } : {}) };
}
