import type { ClaimsRecord } from "../study/claims-record.js";
import { overviewOf } from "./claims-overview.js";
import { claimChartHtml } from "./page/claim-chart.js";
import { claimHtml, commandHtml, indexHtml, readingHtml } from "./page/claim-sections.js";
import { documentHtml } from "./page/document.js";
import { html } from "./page/html.js";
import type { Html } from "./page/html.js";
import { aboutHtml, termHtml } from "./page/terms.js";
import { mathHtml } from "./page/typography.js";

const TITLE = "How can skip connections help against exploding gradients?";
const QUESTION =
  "ResNet and Highway networks are said to mitigate vanishing and exploding gradients. Against vanishing it is plain how skip connections help. " +
  "But y = x₁ + x₂ copies the whole gradient into both paths: how can that help against exploding?";
const ABOUT = "This page decides by measurement what was said in reply, claim by claim.";
const OVERVIEW =
  "How many times larger the squared gradient is at the input than at the output of a ReLU network of L layers or blocks, at initialisation. " +
  "Exploding lines rise, vanishing ones fall; on this scale a straight line is a constant factor for every block. ";

/** The claims, decided, as one self-contained page: the question, the answer with its picture, then every claim with its evidence. */
export function claimsPage(record: ClaimsRecord): string {
  return documentHtml(`${TITLE} – isograd`, [
    headHtml(record),
    overviewHtml(record),
    indexHtml(record),
    ...record.claims.map((c) => claimHtml(c)),
    readingHtml(record),
    html`<section><h2>Measure it again</h2><p class="lead">The same seeds give the same numbers.</p>${commandHtml(record.command)}</section>`,
  ]);
}

function headHtml(record: ClaimsRecord): Html {
  const answer = record.answer === "" ? "None of the claims that answer it was decided here." : record.answer;
  return html`
    <header><p class="eyebrow">The question</p><h1>${TITLE}</h1><p class="question">${mathHtml(QUESTION)}</p>${aboutHtml(ABOUT)}</header>
    <section class="verdict answer" aria-label="The answer">
      <p class="word">The answer, as far as it was measured</p><p class="sentence">${mathHtml(answer)}</p>
    </section>`;
}

function overviewHtml(record: ClaimsRecord): Html | undefined {
  const picture = overviewOf(record);
  if (!picture) return undefined;
  return html`
    <section class="keep"><h2>What the ${termHtml("gradient", "gradient")} does on its way back</h2>
      <p class="lead">${OVERVIEW}<a href="#reading">How to read this page</a></p>
      ${claimChartHtml(picture, "overview", 430)}
    </section>`;
}
