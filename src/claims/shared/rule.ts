import type { Claim, ClaimVerdict, EvidenceRow, Judgement, Results, RuleContext } from "../claim.js";
import type { Predicate } from "./predicates.js";

/** What a claim measured: its rows of evidence, and by their names what its rule speaks of. */
export interface Facts {
  readonly evidence: readonly EvidenceRow[];
}

/** One row of a rule: the verdict where the condition holds, and the sentence that tells what was found. */
export interface RuleRow<F> {
  readonly verdict: ClaimVerdict;
  readonly when: Predicate<F>;
  readonly say: (facts: F) => string;
}

/** A rule: its first row whose condition holds decides. The last row holds always. */
export type Rule<F> = readonly RuleRow<F>[];

/** A claim as its file writes it: what it measures, and the table that decides. */
export interface ClaimDefinition<F extends Facts> extends Omit<Claim, "rule" | "table" | "judge"> {
  readonly measure: (results: Results, context: RuleContext) => F;
  readonly rule: Rule<F>;
}

/** Returns the prose of a rule, made from its table: the terms that it uses, then what each verdict takes. */
export function proseOf<F>(rule: Rule<F>): string {
  const terms = new Map(rule.flatMap((r) => r.when.terms).map((t) => [t.term, t.means]));
  const meanings = [...terms].map(([term, means]) => `“${term}” means that ${means}.`);
  return [...meanings, "The first of these that holds is the verdict.", ...rule.map((r) => `${r.verdict}: ${r.when.words}.`)].join(" ");
}

/** Applies a rule to what was measured. */
export function decide<F extends Facts>(rule: Rule<F>, facts: F): Judgement {
  const row = rule.findIndex((r) => r.when.holds(facts));
  const { verdict, say } = rule[row]!;
  return { verdict, evidence: facts.evidence, sentence: say(facts), row };
}

/** Makes a claim from its definition: prose and judgement come from the one table. */
export function claim<F extends Facts>({ measure, rule, ...about }: ClaimDefinition<F>): Claim {
  return {
    ...about,
    rule: proseOf(rule),
    table: rule.map(({ verdict, when }) => ({ verdict, when: when.words })),
    judge: (results, context) => decide(rule, measure(results, context)),
  };
}
