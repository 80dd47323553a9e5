import type { Site } from "../graph/site.js";

export type Severity = "info" | "warning" | "error";

/** A fact: a plain value. What is not finite is a string in JSON. */
export type Fact = number | string | boolean | null | readonly Fact[] | { readonly [name: string]: Fact };

/** The facts of a finding. Their rule's schema types them; names say the unit, `ln` a natural logarithm. */
export type Facts = Readonly<Record<string, Fact>>;

/** Something worth telling about one network. */
export interface Finding {
  /** The rule that saw it: one of `FINDINGS`. */
  readonly rule: string;
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
