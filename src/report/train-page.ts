import type { TrainRecord } from "../study/train-record.js";
import { commandHtml } from "./page/claim-sections.js";
import { documentHtml } from "./page/document.js";
import { cardHtml, cardsHtml } from "./page/findings.js";
import { html } from "./page/html.js";
import type { Html } from "./page/html.js";
import { runLetterHtml } from "./page/run-letters.js";
import { settingsHtml } from "./page/sections.js";
import { tableHtml } from "./page/table.js";
import { aboutHtml, termHtml } from "./page/terms.js";
import { stepCurvesHtml } from "./page/train-curves.js";
import { trainDepthHtml } from "./page/train-depth.js";
import { trainUpdatesHtml } from "./page/train-updates.js";
import { mathHtml, nameHtml } from "./page/typography.js";
import { sortedFindings } from "./headline.js";
import { RUN_NUMBERS, differencesOf, headOf, remarksOf, runLine, runNumbers, statementOf } from "./train-headline.js";
import { runsOf } from "./train-run.js";
import type { Beside, Run } from "./train-run.js";
import { prose, visible } from "./visible.js";

/** What stands on the page beside the record. */
export interface TrainPageOptions {
  /** Another run, whose curves stand beside. */
  readonly beside?: Beside | undefined;
  /** What this run is called beside another. */
  readonly name?: string;
  /** The command that checks a failed step. */
  readonly replay?: string | undefined;
}

const ABOUT =
  "This page shows how a network was trained: how its loss fell, how large the gradient was at every depth while it learned, and how far each step moved the weights.";
const ABOUT_TWO =
  "This page compares two runs of training, A and B: how the loss fell, how large the gradient was at every depth, and how far each step moved the weights.";
const DEPTH =
  "The gradient tells every layer how to change. Where it is far smaller than elsewhere, layers hardly learn; where it is far larger, steps break what was learned. As the loss falls the gradient becomes smaller as a whole.";

/** A run of training as one self-contained page, alone or beside another. */
export function trainPage(record: TrainRecord, { beside, name, replay }: TrainPageOptions = {}): string {
  const runs = runsOf(record, beside, name);
  const names = runs.map((r) => visible(r.name, 60)).join(" and ");
  const title = beside === undefined ? `${names}: ${headOf(runs[0]!).word}` : names;
  return documentHtml(`${title} – isograd`, [
    ...(runs.length === 1 ? [oneHead(runs[0]!), numbersHtml(runs[0]!)] : [twoHeads(runs), numbersTable(runs), differencesHtml(runs)]),
    ...runs.map((run, i) => failureHtml(run, i === 0 ? replay : undefined, runs.length > 1 ? i : undefined)),
    html`<section><h2>${termHtml("loss", "Loss")} over the steps</h2>${stepCurvesHtml(runs)}</section>`,
    html`<section><h2>${termHtml("gradient", "Gradient")} over depth and steps</h2><p class="lead">${DEPTH}</p>${trainDepthHtml(runs)}</section>`,
    trainUpdatesHtml(runs),
    ...runs.map((run, i) => setAsideHtml(run, runs.length > 1 ? i : undefined)),
    ...(runs.length === 1
      ? [settingsHtml(record, "How it was trained")]
      : runs.map((run, i) => settingsHtml(run.record, `How ${i === 0 ? "A" : "B"} was trained`, `settings-${i}`))),
  ]);
}

const TONES = { good: "healthy", doubt: "undecided", bad: "exploding" } as const;

function verdictHtml(run: Run): Html {
  const { mark, word } = headOf(run);
  return html`
    <p class="word"><span aria-hidden="true">${mark}</span> ${word}</p>
    <p class="sentence">${mathHtml(statementOf(run, "page"))}</p>
    ${remarksOf(run, "page").map((line) => html`<p class="count">${mathHtml(line)}</p>`)}`;
}

const oneHead = (run: Run): Html => html`
  <header>
    <p class="eyebrow">isograd training run</p><h1>${nameHtml(run.name)}</h1><p class="meta">${runLine(run)}</p>
    ${aboutHtml(ABOUT)}
  </header>
  <section class="verdict ${TONES[headOf(run).tone]}" aria-label="How it ended">${verdictHtml(run)}</section>`;

const twoHeads = (runs: readonly Run[]): Html => html`
  <p class="eyebrow">isograd: two training runs</p>${aboutHtml(ABOUT_TWO)}
  <div class="pair">
    ${runs.map(
      (run, i) => html`
        <section>
          <header><h1>${runLetterHtml(i)} ${nameHtml(run.name)}</h1><p class="meta">${runLine(run)}</p></header>
          <div class="verdict ${TONES[headOf(run).tone]}">${verdictHtml(run)}</div>
        </section>`,
    )}
  </div>`;

const numbersHtml = (run: Run): Html => html`
  <dl class="numbers">
    ${runNumbers(run, "page").map(
      (f) =>
        html`<div><dt>${termHtml(f.term, f.label)}</dt><dd class="value">${f.value}</dd>${f.note !== "" && html`<dd class="more">${f.note}</dd>`}</div>`,
    )}
  </dl>`;

function numbersTable(runs: readonly Run[]): Html {
  const all = runs.map((run) => runNumbers(run, "page"));
  const labels = RUN_NUMBERS.flatMap((label) => all.flat().find((f) => f.label === label) ?? []);
  const table = tableHtml(labels, {
    id: "key-numbers",
    label: "Key numbers",
    whole: true,
    columns: [
      { title: "Key number", text: true, cell: ({ label, term }) => termHtml(term, label) },
      ...all.map((own, i) => ({
        title: runLetterHtml(i),
        text: true,
        cell: ({ label }: (typeof labels)[number]) => {
          const f = own.find((g) => g.label === label);
          return f === undefined ? "–" : html`<b>${f.value}</b>${f.note !== "" && html`<br><span class="note">${f.note}</span>`}`;
        },
      })),
    ],
  });
  return html`<section><h2>Key numbers</h2>${table}</section>`;
}

function differencesHtml(runs: readonly Run[]): Html {
  const [a, b] = runs.map((r) => r.record) as [TrainRecord, TrainRecord];
  const rows = differencesOf(a, b);
  if (rows.length === 0) return html`<section><h2>In what they differ</h2><p class="lead">Both runs were made alike.</p></section>`;
  const table = tableHtml(rows, {
    id: "differences",
    label: "In what they differ",
    whole: true,
    columns: [
      { title: "Option", text: true, cell: (r) => nameHtml(r.what) },
      { title: runLetterHtml(0), text: true, wide: true, cell: (r) => prose(r.a) },
      { title: runLetterHtml(1), text: true, wide: true, cell: (r) => prose(r.b) },
    ],
  });
  return html`<section><h2>In what they differ</h2>${table}</section>`;
}

/** What a check-up of a failed step found, and how to have it again. */
function failureHtml({ record: { diverged } }: Run, replay: string | undefined, letter: number | undefined): Html | undefined {
  if (!diverged) return undefined;
  const whose = letter === undefined ? undefined : letter === 0 ? "A" : "B";
  const cards = sortedFindings(diverged.findings).map((f) => cardHtml(f, whose));
  return html`
    <section><h2>Why it stopped${whose !== undefined && `: ${whose}`}</h2>
      <p class="lead">These are the ${termHtml("finding", "findings")} of a check-up of the network as it was before the step, on the batch of the step.</p>
      ${cards.length > 0 ? cardsHtml(cards) : html`<p class="lead">None of the rules found anything to tell.</p>`}
      ${replay !== undefined && html`<p class="note" style="margin-top:20px">This command makes the check-up again:</p>${commandHtml(replay)}`}
    </section>`;
}

function setAsideHtml({ record: { setAside } }: Run, letter: number | undefined): Html | undefined {
  if (setAside.length === 0) return undefined;
  return html`
    <section><h2>Set aside${letter !== undefined && `: ${letter === 0 ? "A" : "B"}`}</h2>
      <p class="lead">These tensors were not trained.</p>
      <dl class="settings">${setAside.map(({ name, why }) => html`<dt>${nameHtml(name)}</dt><dd>${prose(why)}</dd>`)}</dl>
    </section>`;
}
