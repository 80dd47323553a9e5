import type { CheckRecord, Finding } from "../../study/check-record.js";
import { findingWords } from "../../study/finding-record.js";
import { plural } from "../../util/format.js";
import type { TermId } from "../glossary.js";
import { SEVERITY_MARKS, sortedFindings } from "../headline.js";
import { acceptedWords, unmatchedWords } from "../accepted-words.js";
import { prose } from "../visible.js";
import { html } from "./html.js";
import type { Html } from "./html.js";
import { labelHtml, termHtml } from "./terms.js";
import { nameHtml } from "./typography.js";

/** The term that a rule is about, where there is one. */
const RULE_TERMS: Readonly<Partial<Record<Finding["rule"], TermId>>> = {
  exploding: "exploding",
  vanishing: "vanishing",
  mixed: "mixed",
  units: "cause",
  collapse: "collapse",
  "unscaled-residual": "residual",
  "norm-on-trunk": "trunk",
  "norm-folded": "norm",
  "norm-inference-mode": "norm",
  "norm-small-batch": "norm",
  "dead-units": "dead",
  "saturated-units": "saturated",
  "no-gradient": "gradient",
  "recurrent-gain": "gain",
  "scale-mismatch": "relative-gradient",
  "precision-loss": "lost",
  "step-too-large": "lambda-max",
};

/** Counts findings by their severity: "1 error, 2 warnings, 1 accepted". */
export function findingCounts(findings: readonly Finding[]): string {
  const open = findings.filter((f) => f.accepted === undefined);
  const accepted = findings.length - open.length;
  const of = (s: Finding["severity"], noun: string): string[] => {
    const n = open.filter((f) => f.severity === s).length;
    return n > 0 ? [plural(n, noun)] : [];
  };
  return [...of("error", "error"), ...of("warning", "warning"), ...of("info", "note"), ...(accepted > 0 ? [`${accepted} accepted`] : [])].join(", ");
}

/** Findings as cards in a list. */
export const cardsHtml = (cards: readonly Html[]): Html => html`<ul class="cards">${cards}</ul>`;

const NOTHING_FOUND = html`<p class="lead">None of the rules found anything to tell.</p>`;

/** The section of findings; without any it says so. */
export const findingsHtml = (groups: readonly Html[]): Html =>
  html`<section><h2 id="findings">${termHtml("finding", "Findings")}</h2>${groups.length > 0 ? groups : NOTHING_FOUND}</section>`;

/** The findings of one network, the worst first. */
export function ownFindingsHtml(record: CheckRecord): Html {
  const cards = sortedFindings(record.findings).map((f) => cardHtml(f));
  return findingsHtml([...(cards.length > 0 ? [cardsHtml(cards)] : []), ...unmatchedHtml(record)]);
}

/** The entries that accept nothing, a sentence each. */
export const unmatchedHtml = (record: CheckRecord, whose?: Html): readonly Html[] =>
  unmatchedWords(record).map((words) => html`<p class="note">${whose !== undefined && [whose, ": "]}${words}</p>`);

/** One finding; `whose` is the letter of its network where two are compared. */
export function cardHtml(f: Finding, whose?: string): Html {
  const { evidence, why, remedy } = findingWords(f, "page");
  const part = (label: string, text: string): Html | false => text.trim() !== "" && html`<dt>${label}</dt><dd>${prose(text)}</dd>`;
  return html`
    <li class="card ${f.accepted ? "accepted" : f.severity}">
      <header>
        <h3><b>${SEVERITY_MARKS[f.severity]} ${termHtml("severity", f.severity)}</b> ${labelHtml(f.rule, RULE_TERMS[f.rule])}${f.accepted && ", accepted"}${whose !== undefined && ` in ${whose}`}</h3>
        <span class="where">${nameHtml(f.where)}</span>
      </header>
      <dl>${part("Evidence", evidence)}${part("Why", why)}${part("Remedy", remedy)}${part("Accepted", acceptedWords(f))}</dl>
    </li>`;
}
