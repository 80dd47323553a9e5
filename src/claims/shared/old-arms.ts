import type { NetSpec } from "../../nn/spec.js";
import type { TrialRequest } from "../../trial/spec.js";
import type { Arm, Budget } from "../claim.js";

/** An arm at every depth of a size. */
export interface ArmsRequest {
  readonly name: string;
  readonly role: Arm["role"];
  /** The network at depth L; the trunk's last value is its output. */
  readonly net: (depth: number) => NetSpec;
  readonly measure?: TrialRequest["measure"];
  /** Default 32. */
  readonly examples?: number;
  /** Default float64, which holds what grows. */
  readonly dtype?: "float32" | "float64";
  /** Times the seeds of the size (default 1): more where the spread is large beside the margin, as docs/claims-calibration.md tells. */
  readonly seeds?: number;
}

/** Where examples do not mix each is one draw of the law, with a cotangent of its own: their mean logarithm is known the better. */
export const EXAMPLES = 32;

/**
 * Seeds of a depth: more at shallow ones, where margins are narrow and trials cheap. Spread grows with the root of the depth, margins with the depth; the
 * deepest gets the size's own number.
 */
export const seedsAt = ({ depths, seeds }: Budget, depth: number): number => Math.ceil(seeds * Math.min(4, depths[depths.length - 1]! / depth));

/** One arm for each depth; seeds 0, 1, …, the same in every arm, so that arms of one network share their weights. */
export function arms(
  size: Budget,
  { name, role, net, measure = "profile", examples = EXAMPLES, dtype = "float64", seeds = 1 }: ArmsRequest,
): readonly Arm[] {
  return size.depths.map((depth) => ({
    name,
    role,
    depth,
    trials: Array.from({ length: Math.ceil(seeds * seedsAt(size, depth)) }, (_, seed) => ({
      net: { ...net(depth), depth, width: size.width, classes: null },
      batch: { examples },
      measure,
      seed,
      dtype,
    })),
  }));
}

/** The blocks x ↦ W·φ(x), with or without a skip around them: the same weights by the same seed. */
export const branchNet = (skip: boolean, weightVariance: number, more: Readonly<Record<string, unknown>> = {}): NetSpec => ({
  arch: "residual-mlp",
  branch: "act-weight",
  skip: skip ? "identity" : "none",
  init: { scheme: "he", weightVariance },
  ...more,
});
