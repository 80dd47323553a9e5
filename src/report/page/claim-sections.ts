import { VERDICTS } from "../../study/claims-record.js";
import type { ClaimRecord, ClaimsRecord, ClaimVerdict, EvidenceRow } from "../../study/claims-record.js";
import { pictureOf, quantityOf } from "../claim-picture.js";
import type { Scale } from "../claim-picture.js";
import { count, exact, level, number, plural } from "../../util/format.js";
import type { TermId } from "../glossary.js";
import { claimChartHtml, told } from "./claim-chart.js";
import { html } from "./html.js";
import type { Content, Html } from "./html.js";
import { tableHtml } from "./table.js";
import type { Column } from "./table.js";
import { termHtml } from "./terms.js";
import { mathHtml } from "./typography.js";

/** Marks that say the verdict without colour. */
const CLAIM_MARKS: Readonly<Record<ClaimVerdict, string>> = {
  SUPPORTED: "✓",
  REFUTED: "✗",
  CONDITIONAL: "◐",
  UNDECIDED: "?",
  PENDING: "…",
};

const VERDICT_TERMS: Readonly<Record<ClaimVerdict, TermId>> = {
  SUPPORTED: "supported",
  REFUTED: "supported",
  CONDITIONAL: "conditional",
  UNDECIDED: "undecided",
  PENDING: "pending",
};

const MEANINGS: Readonly<Record<ClaimVerdict, string>> = {
  SUPPORTED: "it is as the sentence says",
  REFUTED: "it is not, by a margin that was stated before",
  CONDITIONAL: "it is so in one range and not in another, and both were measured",
  UNDECIDED: "the intervals leave it open",
  PENDING: "its evidence has not been measured",
};

const badge = (verdict: ClaimVerdict, label: Content = verdict): Html =>
  html`<b class="badge ${verdict.toLowerCase()}"><span aria-hidden="true">${CLAIM_MARKS[verdict]}</span> ${label}</b>`;

const linkedBadge = (verdict: ClaimVerdict): Html => badge(verdict, termHtml(VERDICT_TERMS[verdict], verdict));

/** How many claims got each verdict, and every claim with its own, each a link. */
export function indexHtml(record: ClaimsRecord): Html {
  const tally = VERDICTS.map((v) => ({ v, n: record.claims.filter((c) => c.verdict === v).length })).filter((t) => t.n > 0);
  const numbers = tally.map(
    ({ v, n }) => html`<div><dt>${linkedBadge(v)}</dt><dd class="value">${count(n)}</dd><dd class="more">${MEANINGS[v]}</dd></div>`,
  );
  const items = record.claims.map((c) => html`<li>${badge(c.verdict)}<a href="#${c.id}">${mathHtml(c.sentence)}</a></li>`);
  return html`
    <section><h2>${plural(record.claims.length, "claim")}, ${record.claims.length === 1 ? "its verdict" : "their verdicts"}</h2>
      <dl class="numbers tally">${numbers}</dl><ul class="claim-index">${items}</ul>
    </section>`;
}

/** One claim: the sentence, its verdict, what was found, the picture, the numbers, and how it was decided. */
export function claimHtml(claim: ClaimRecord, height?: number): Html {
  const { evidence: e } = claim;
  const picture = pictureOf(claim);
  const row = (label: Content, text: string | null): Html | false =>
    text !== null && text !== "" && html`<dt>${label}</dt><dd>${mathHtml(text)}</dd>`;
  const about = [
    row("Experiment", e.experiment),
    row(termHtml("rule", "Rule"), e.rule),
    row("Assumes", e.assumptions.join("; ")),
    row("Source", e.source),
    row("Not measured yet", e.missing),
  ];
  return html`
    <section class="claim" id="${claim.id}" aria-labelledby="${claim.id}-h">
      <div class="keep">
        <p class="head">${linkedBadge(claim.verdict)}<code>${claim.id}</code></p>
        <h2 id="${claim.id}-h">“${mathHtml(claim.sentence)}”</h2><p class="from">From: ${mathHtml(claim.from)}</p>
        <p class="finding">${mathHtml(e.summary)}</p>
        ${picture && claimChartHtml(picture, `${claim.id}-picture`, height)}
      </div>
      ${numbersHtml(claim)}<dl class="settings">${about}</dl>${commandHtml(claim.command)}
    </section>`;
}

/** A command with a button that copies it. */
export const commandHtml = (command: string): Html => html`<div class="command"><pre><code>${command}</code></pre></div>`;

const HELD = { equal: "holds", different: "does not hold", undecided: "open" } as const;
const ROLES = { test: "", control: "control", contrast: "difference" } as const;

/** All estimates of a claim, a table for each kind. */
function numbersHtml({ id, evidence }: ClaimRecord): Html | undefined {
  if (evidence.figures.length === 0) return undefined;
  const kinds = [...new Set(evidence.figures.map((f) => f.what))];
  const tables = kinds.map((what, i) => {
    const rows = evidence.figures.filter((f) => f.what === what);
    const table = tableHtml(rows, { id: `${id}-numbers-${i}`, label: `${id}: ${what}`, whole: rows.length < 40, columns: columnsOf(rows) });
    return html`<h4>${mathHtml(what)}</h4>${table}`;
  });
  const from = `${plural(evidence.figures.length, "estimate")} from ${plural(evidence.trials, "trial")}`;
  const at = level(evidence.figures[0]!.measured.level, "page");
  return html`<details><summary>The numbers: ${from}, intervals at ${at}</summary>${tables}</details>`;
}

function columnsOf(rows: readonly EvidenceRow[]): readonly Column<EvidenceRow>[] {
  const value = (v: number): string => exact(v, "page");
  const columns: Column<EvidenceRow>[] = [{ title: "Arm", term: "arm", text: true, wide: true, cell: (f) => mathHtml(f.arm) }];
  if (rows.some((f) => ROLES[f.role] !== "")) columns.push({ title: "Role", term: "control", text: true, cell: (f) => ROLES[f.role] });
  if (rows.some((f) => f.depth !== null)) columns.push({ title: "L", term: "depth", cell: (f) => (f.depth === null ? "all" : count(f.depth)) });
  const axis = rows.find((f) => f.x)?.x?.axis;
  if (axis !== undefined) columns.push({ title: axis, cell: (f) => (f.x ? number(f.x.value, "page") : "") });
  columns.push(
    { title: "Measured", term: "estimate", cell: (f) => value(f.measured.value) },
    {
      title: "Interval",
      term: "interval",
      cell: (f) => (Number.isNaN(f.measured.low) ? "–" : `${value(f.measured.low)} to ${value(f.measured.high)}`),
    },
  );
  if (rows.every((f) => quantityOf(f).kind === "logarithm"))
    columns.push({ title: "As a factor", cell: (f) => told("factor" satisfies Scale, f.measured.value) });
  if (rows.some((f) => f.law)) {
    columns.push(
      { title: "Law", term: "predicted-law", cell: (f) => (f.law ? `${value(f.law.value)} ± ${value(f.law.margin)}` : "") },
      { title: "The law", term: "equal", text: true, cell: (f) => (f.law ? HELD[f.law.held] : "") },
    );
  }
  columns.push({ title: "Seeds", term: "seed", cell: (f) => count(f.measured.seeds) });
  return columns;
}

/** What the words and the charts of the page mean. */
export function readingHtml(record: ClaimsRecord): Html {
  const { size } = record;
  const items = [
    [
      termHtml("towards-the-input", "Squared gradient, input over output"),
      "‖∂loss/∂x₀‖² over ‖∂loss/∂x_L‖²: how much larger or smaller the gradient is where it arrives, at the input, than where it starts, at the output. ×1: it keeps its size; more: it explodes; less: it vanishes. Means are taken over logarithms, a number for each seed.",
    ],
    [
      termHtml("comparisons", "Intervals"),
      `Each has the level ${level(record.level, "page")}, so that all ${record.panel} claims of the panel hold at once with 95 % (Bonferroni). Verdicts are made from the whole interval, never from the mean alone.`,
    ],
    [
      termHtml("predicted-law", "Law and margin"),
      "What theory says of wide networks at initialisation, computed, with the margin within which a measurement counts as equal: the largest of a tenth in ln, 2 % of the predicted logarithm, and what a finite width costs. “Holds”: the whole interval lies within it; “does not hold”: beyond it; else “open”.",
    ],
    [
      "Size",
      `${size.name}: ${plural(size.seeds, "seed")} at the greatest depth, more at shallower ones; depths ${size.depths.join(", ")}; width ${size.width}, unless a claim says otherwise.`,
    ],
    ...VERDICTS.map((v) => [termHtml(VERDICT_TERMS[v], v), `${MEANINGS[v]}.`] as const),
    [
      termHtml("rule", "Rules"),
      "Each is code that reads measurements, and was fixed before this run; where a bound was chosen after earlier ones, the claim says so. With a tampered experiment it gives another verdict, and with wrong laws nothing is supported by them.",
    ],
  ] as const;
  const rows = items.map(([what, text]) => html`<dt>${what}</dt><dd>${mathHtml(text)}</dd>`);
  return html`<section><h2 id="reading">How to read this page</h2><dl class="settings">${rows}</dl></section>`;
}
