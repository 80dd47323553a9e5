import * as z from "zod";
import { findingFields } from "../doctor/finding.js";
import type { Finding } from "../doctor/finding.js";
import { FINDINGS } from "../doctor/index.js";
import { wordsOf } from "../doctor/rule.js";
import type { Style } from "../util/format.js";
import { list, object } from "../util/json.js";

export { SEVERITIES } from "../doctor/finding.js";

const { rule: _, severity, site, ...sentences } = findingFields;

/** The entries that accept a finding, and where each was given. */
const accepted = list(object({ entry: z.string(), by: z.string() })).meta({
  id: "accepted",
  description:
    "The entries RULE or RULE@SITE that accept it, each with where it was given; an accepted finding does not count for the exit code. Absent where none does.",
});

const [first, ...others] = FINDINGS.map(({ id, facts }) =>
  z.looseObject({
    rule: z.literal(id),
    severity,
    site: site.exactOptional(),
    facts: facts.meta({ id: `facts-${id}` }).exactOptional(),
    ...sentences,
    accepted: accepted.exactOptional(),
  }),
);

/** A finding as a record holds it. Older records have neither its site nor its facts. */
export type FindingRow = Omit<Finding, "site" | "facts"> &
  Partial<Pick<Finding, "site" | "facts">> & { readonly accepted?: z.output<typeof accepted> };

/** A finding in JSON: its facts are typed by its rule. Older records have neither its site nor its facts. */
export const findingSchema: z.ZodType<FindingRow> = z.discriminatedUnion("rule", [first!, ...others]).meta({ id: "finding" });

/** Returns the sentences of a finding in a style, made from its site and facts; where an older record has none of these, as they were written. */
export function findingWords(finding: FindingRow, style: Style): Pick<Finding, "evidence" | "why" | "remedy"> {
  const { severity, site, facts } = finding;
  const rule = FINDINGS.find((r) => r.id === finding.rule);
  return rule === undefined || site === undefined || facts === undefined ? finding : wordsOf(rule, { severity, site, facts }, style);
}
