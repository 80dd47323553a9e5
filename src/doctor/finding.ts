/** Rule ids: a closed list, one file each. */
export const RULES = [
  "exploding",
  "vanishing",
  "mixed",
  "units",
  "collapse",
  "unscaled-residual",
  "norm-on-trunk",
  "norm-folded",
  "norm-inference-mode",
  "norm-small-batch",
  "dead-units",
  "saturated-units",
  "non-finite-forward",
  "non-finite-backward",
  "no-gradient",
  "border-effect",
  "recurrent-gain",
  "scale-mismatch",
  "precision-loss",
  "step-too-large",
] as const;
export type RuleId = (typeof RULES)[number];

/** Something worth telling about one network. */
export interface Finding {
  readonly rule: RuleId;
  readonly severity: "info" | "warning" | "error";
  /** Place, from the outside in. */
  readonly where: string;
  /** The numbers it rests on. */
  readonly evidence: string;
  readonly why: string;
  /** What is usually done, and what that costs. */
  readonly remedy: string;
}
