import type { Site } from "../graph/site.js";

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

export type Severity = "info" | "warning" | "error";

/** A fact: a plain value. What is not finite is a string in JSON. */
export type Fact = number | string | boolean | null | readonly Fact[] | { readonly [name: string]: Fact };

/** The facts of a finding. Their rule's schema types them; names say the unit, `ln` a natural logarithm. */
export type Facts = Readonly<Record<string, Fact>>;

/** Something worth telling about one network. */
export interface Finding {
  readonly rule: RuleId;
  readonly severity: Severity;
  readonly site: Site;
  readonly facts: Facts;
  /** The site in words. */
  readonly where: string;
  /** The numbers it rests on. */
  readonly evidence: string;
  readonly why: string;
  /** What is usually done, and what that costs. */
  readonly remedy: string;
}
