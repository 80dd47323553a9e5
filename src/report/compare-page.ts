import { alignBlocks, gainRatio, splitFindings } from "./align.js";
import type { BlockPair } from "./align.js";
import { max } from "d3-array";
import type { BlockRow, CheckRecord, Finding } from "../study/check-record.js";
import { factor, plural } from "../util/format.js";
import { logTicks } from "./axis.js";
import { bandOf, curveOf, domainOf, hasPoints } from "./curves.js";
import type { Curve } from "./curves.js";
import { keyNumbers, labelsOf, modelLine, sortedFindings, statementOf } from "./headline.js";
import type { KeyLabel, KeyNumber } from "./headline.js";
import { documentHtml } from "./page/document.js";
import { cardHtml, cardsHtml, findingsHtml, unmatchedHtml } from "./page/findings.js";
import { attributes, html } from "./page/html.js";
import type { Html } from "./page/html.js";
import { keysHtml } from "./page/keys.js";
import { SUBJECTS, depthStageHtml, describeGradient, endValues, lastDepth, togglesHtml } from "./page/panel.js";
import { blockLine, coverageHtml, normsHtml, settingsHtml, trunkHtml, verdictHtml } from "./page/sections.js";
import type { Series } from "./page/svg-depth.js";
import { barred, factorBar, tableHtml } from "./page/table.js";
import { aboutHtml, termHtml } from "./page/terms.js";
import { mathHtml, nameHtml } from "./page/typography.js";
import { visible } from "./visible.js";

/** What the two networks are called, and the class that colours each. */
const LETTERS = [
  { letter: "A", key: "gradient" },
  { letter: "B", key: "second" },
] as const;
const letterHtml = (i: 0 | 1, name?: Html): Html => html`<span class="word-${LETTERS[i].key}">${LETTERS[i].letter}${name && [" ", name]}</span>`;

const ABOUT = "This page compares two networks, A and B: how large the gradient is at every depth, and what each block does to it.";

/** Two check-ups side by side as one self-contained page: the curves of both in one chart, block by block, what each has and the other has not. */
export function comparePage(a: CheckRecord, b: CheckRecord): string {
  return documentHtml(`${visible(a.model.name, 60)} and ${visible(b.model.name, 60)} – isograd`, [
    html`<p class="eyebrow">isograd check-up of two networks</p>${aboutHtml(ABOUT)}<div class="pair">${halfHtml(a, 0)}${halfHtml(b, 1)}</div>`,
    keyNumbersTable(a, b),
    html`<section><h2>${termHtml("profile", "Gradient over depth")}</h2>${panelsHtml(a, b)}</section>`,
    bothFindings(a, b),
    blocksTable(a, b),
    ...bothSettings(a, b),
  ]);
}

const halfHtml = (r: CheckRecord, i: 0 | 1): Html => html`
  <section>
    <header><h1>${letterHtml(i)} ${nameHtml(r.model.name)}</h1><p class="meta">${modelLine(r)}</p></header>
    <div class="verdict ${r.verdict}">${verdictHtml(r)}<p class="sentence">${mathHtml(statementOf(r))}</p>${coverageHtml(r)}</div>
  </section>`;

function keyNumbersTable(a: CheckRecord, b: CheckRecord): Html {
  const [x, y] = [keyNumbers(a, "page"), keyNumbers(b, "page")];
  const cell = (all: readonly KeyNumber[], { label }: KeyLabel): Html | string => {
    const f = all.find((g) => g.label === label);
    return f ? html`<b>${f.value}</b>${f.note !== "" && html`<br><span class="note">${f.note}</span>`}` : "–";
  };
  const table = tableHtml(labelsOf(x, y), {
    id: "key-numbers",
    label: "Key numbers",
    whole: true,
    columns: [
      { title: "Key number", text: true, cell: ({ label, term }) => termHtml(term, label) },
      { title: letterHtml(0), text: true, cell: (label) => cell(x, label) },
      { title: letterHtml(1), text: true, cell: (label) => cell(y, label) },
    ],
  });
  return html`<section><h2>Key numbers</h2>${table}</section>`;
}

type Key = "gradient" | "activation" | "free";

/** The columns of the data tables, by network. */
const COLUMNS: readonly Readonly<Record<Key, string>>[] = [
  { gradient: "gradient", activation: "activation", free: "free" },
  { gradient: "second", activation: "activation-2", free: "free-2" },
];

/** The curves over depth; over shares of the depth when the networks are not equally deep. */
function panelsHtml(a: CheckRecord, b: CheckRecord): Html {
  const records = [a, b];
  const panels = (["gradient", "activation", "free"] as const)
    .map((key) => ({ key, curves: records.map((r) => curveOf(r.trunk, SUBJECTS[key].quantity)) }))
    .filter(({ key, curves }) => key === "gradient" || curves.some(hasPoints));
  const data = records.map((r, i) => {
    const table = trunkHtml(r.trunk, `trunk-${i}`, lastDepth(r), COLUMNS[i]!);
    return html`<details><summary>The numbers behind the charts: ${LETTERS[i]!.letter}, ${plural(r.trunk.length, "cut")}</summary>${table}</details>`;
  });
  const toggles = togglesHtml(panels.filter(({ key }) => key !== "gradient").map(({ key }) => ({ key, name: SUBJECTS[key].title })));
  return html`
    <figure data-tables="trunk-0 trunk-1">${toggles}${panels.map(({ key, curves }) => panelHtml(key, records, curves))}</figure>
    ${data}`;
}

function panelHtml(key: Key, records: readonly CheckRecord[], curves: readonly Curve[]): Html {
  const main = key === "gradient";
  const { title, term, small, quantity } = SUBJECTS[key];
  const depths = records.map(lastDepth);
  const bands = main ? records.map((r) => bandOf(r.trunk)) : [];
  const domain = domainOf(curves, bands, main ? undefined : 0.34);
  const series = curves.flatMap((curve, i): Series[] => {
    if (!hasPoints(curve) && curve.gaps.every((g) => g.kind === "none")) return [];
    const { first, end } = endValues(records[i]!, quantity);
    const { letter, key: colour } = LETTERS[i]!;
    const one: Series = {
      key: colour,
      name: letter,
      column: COLUMNS[i]![key],
      curve,
      last: depths[i]!,
      table: i,
      ...(main ? { band: bands[i]! } : {}),
      ...(first === undefined ? {} : { first: `${letter}  ${first}`, end: `${letter}  ${end!}` }),
    };
    return [one];
  });
  const same = depths[0] === depths[1];
  const stage = depthStageHtml({
    id: `chart-${key}`,
    title: `${title} over depth, of both networks`,
    description: records.map((r, i) => `${LETTERS[i]!.letter}: ${describeGradient(r, curves[i]!)}`).join(" "),
    height: main ? 330 : 120,
    domain,
    ticks: logTicks(domain, main ? 8 : 4),
    series,
    last: same ? depths[0]! : undefined,
    ...(main
      ? {
          strips: records.map((r, i) => ({ blocks: r.blocks, trunk: r.trunk, last: depths[i]!, label: LETTERS[i]!.letter })),
          axisTitle: same ? "depth: cuts of the trunk" : "share of the depth",
        }
      : {}),
  });
  const names = main && [letterHtml(0, nameHtml(records[0]!.model.name)), letterHtml(1, nameHtml(records[1]!.model.name))];
  const banded = bands.some((b) => b.some((piece) => piece.length > 1));
  return html`
    <div class="panel" id="panel-${key}">
      <h3><span>${termHtml(term, title)}</span>${names}<small><span>${small}${banded && ["; bands: ", termHtml("interval", "95 % intervals")]}</span></small></h3>
      ${stage}${main && keysHtml(records)}
    </div>`;
}

function bothFindings(a: CheckRecord, b: CheckRecord): Html {
  const { onlyA, onlyB, both } = splitFindings(a.findings, b.findings);
  const cards = (i: 0 | 1, findings: readonly Finding[]): readonly Html[] => sortedFindings(findings).map((f) => cardHtml(f, LETTERS[i].letter));
  const group = (title: Html | string, own: readonly Html[]): readonly Html[] =>
    own.length === 0 ? [] : [html`<h3 class="group">${title}</h3>${cardsHtml(own)}`];
  return findingsHtml([
    ...group(html`Only in ${letterHtml(0)}`, cards(0, onlyA)),
    ...group(html`Only in ${letterHtml(1)}`, cards(1, onlyB)),
    ...group("In both", [...cards(0, both[0]), ...cards(1, both[1])]),
    ...unmatchedHtml(a, letterHtml(0)),
    ...unmatchedHtml(b, letterHtml(1)),
  ]);
}

function blocksTable(a: CheckRecord, b: CheckRecord): Html | undefined {
  const pairs = alignBlocks(a.blocks, b.blocks);
  if (pairs.length === 0) return undefined;
  const gains = pairs.flatMap((p) => [p.a?.lnGain, p.b?.lnGain]).filter((g): g is number => typeof g === "number" && Number.isFinite(g));
  const most = max(gains, Math.abs) ?? 0;
  const numberOf = new Map<BlockRow, number>([...a.blocks.entries(), ...b.blocks.entries()].map(([i, r]) => [r, i + 1]));
  const block = (r: BlockRow | undefined, other: BlockRow | undefined): Html | undefined => {
    if (!r) return undefined;
    const same = other !== undefined && other.kind === r.kind && other.skip === r.skip && other.norms.join() === r.norms.join();
    return html`
      <span${attributes({ title: blockLine(r), class: same ? "same" : undefined })}>
        ${r.kind}${r.skip !== null && `, ${r.skip}`}${r.norms.length > 0 && ["; ", normsHtml(r)]}
      </span><br><span class="note">${nameHtml(r.name)}</span>`;
  };
  const gain = (r: BlockRow | undefined): Html | string =>
    !r || r.lnGain === null ? "–" : barred(factor(r.lnGain, "page"), factorBar(r.lnGain, most));
  const table = tableHtml<BlockPair>(pairs, {
    id: "blocks",
    label: "Blocks side by side",
    sortable: true,
    columns: [
      {
        title: "#",
        cell: (p) =>
          [p.a, p.b]
            .map((r) => (r ? numberOf.get(r)! : "–"))
            .filter((v, i, all) => i === 0 || v !== all[0])
            .join(" | "),
        sort: (_, i) => i,
      },
      { title: letterHtml(0), text: true, cell: (p) => block(p.a, p.b) },
      { title: "Gain of the square", term: "gain", cell: (p) => gain(p.a), sort: (p) => p.a?.lnGain ?? null },
      { title: letterHtml(1), text: true, cell: (p) => block(p.b, p.a) },
      { title: "Gain of the square", term: "gain", cell: (p) => gain(p.b), sort: (p) => p.b?.lnGain ?? null },
      { title: "B / A", cell: (p) => factor(gainRatio(p), "page"), sort: gainRatio },
    ],
  });
  const lead = "What each block does to the squared gradient norm on its way from the output to the input.";
  return html`<section><h2>${termHtml("block", "Block by block")}</h2><p class="lead">${lead}</p>${table}</section>`;
}

function bothSettings(a: CheckRecord, b: CheckRecord): readonly (Html | undefined)[] {
  const alike = JSON.stringify(a.settings) === JSON.stringify(b.settings) && a.command === b.command;
  if (alike) return [settingsHtml(a)];
  return [settingsHtml(a, "What was chosen for A", "settings-a"), settingsHtml(b, "What was chosen for B", "settings-b")];
}
