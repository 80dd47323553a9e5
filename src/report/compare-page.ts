import { alignBlocks, gainRatio, splitFindings } from "./align.js";
import type { BlockPair } from "./align.js";
import type { BlockRow, CheckRecord } from "../study/check-record.js";
import { plural } from "../util/format.js";
import { documentHtml } from "./page/document.js";
import { escape, nameHtml, proseHtml } from "./page/escape.js";
import { NAMES, describe, endWords, keysHtml, lastDepth, logTicks, stageHtml } from "./page/panels.js";
import { blockWords, cardHtml, normWords, settingsHtml, trunkHtml } from "./page/sections.js";
import type { Series } from "./page/svg.js";
import { barred, factorBar, tableHtml } from "./page/table.js";
import { bandOf, curveOf, domainOf, hasPoints } from "./profile.js";
import type { Curve } from "./profile.js";
import { visible } from "./visible.js";
import { VERDICT_MARKS, factorWords, keyFigures, labelsOf, modelWords, sentenceOf, sortedFindings } from "./headline.js";

/** Two check-ups side by side as one self-contained page: both profiles in one chart, block by block, what each has and the other has not. */
export function comparePage(a: CheckRecord, b: CheckRecord): string {
  return documentHtml(
    `${visible(a.model.name, 60)} and ${visible(b.model.name, 60)} – isograd`,
    [
      `<p class="eyebrow">isograd check-up of two networks</p><div class="pair">${half(a, "A", "gradient")}${half(b, "B", "second")}</div>`,
      figuresTable(a, b),
      `<section><h2>Gradient over depth</h2>${profiles(a, b)}</section>`,
      findings(a, b),
      blocks(a, b),
      settings(a, b),
    ].join("\n"),
  );
}

function half(r: CheckRecord, letter: string, key: string): string {
  return (
    `<section><header><h1><span class="word-${key}">${letter}</span> ${nameHtml(r.model.name)}</h1><p class="meta">${escape(modelWords(r))}</p></header>` +
    `<div class="verdict ${r.verdict}"><p class="word"><span aria-hidden="true">${VERDICT_MARKS[r.verdict]}</span> ${r.verdict}</p><p class="sentence">${proseHtml(sentenceOf(r))}</p></div></section>`
  );
}

function figuresTable(a: CheckRecord, b: CheckRecord): string {
  const [x, y] = [keyFigures(a, "page"), keyFigures(b, "page")];
  const labels = labelsOf(x, y);
  const rows = labels.map((label) => {
    const cell = (all: typeof x): string => {
      const f = all.find((g) => g.label === label);
      return f ? `<b>${escape(f.value)}</b>${f.note === "" ? "" : `<br><span class="note">${escape(f.note)}</span>`}` : "–";
    };
    return [label, cell(x), cell(y)] as const;
  });
  const table = tableHtml(rows, {
    id: "figures",
    label: "Key figures",
    whole: true,
    columns: [
      { title: "Figure", text: true, cell: (r) => escape(r[0]) },
      { title: '<span class="word-gradient">A</span>', text: true, cell: (r) => r[1] },
      { title: '<span class="word-second">B</span>', text: true, cell: (r) => r[2] },
    ],
  });
  return `<section><h2>Key figures</h2>${table}</section>`;
}

/** The profiles over depth; over shares of the depth when the networks are not equally deep. */
function profiles(a: CheckRecord, b: CheckRecord): string {
  const toggles: string[] = [];
  const panels: string[] = [];
  for (const key of ["gradient", "activation", "free"] as const) {
    const curves = [a, b].map((r) => curveOf(r.trunk, NAMES[key].quantity));
    if (key !== "gradient" && !curves.some(hasPoints)) continue;
    panels.push(panel(key, [a, b], curves));
    if (key !== "gradient") toggles.push(`<label><input type="checkbox" checked data-panel="panel-${key}">${NAMES[key].title}</label>`);
  }
  const data = [a, b].map((r, i) => {
    const [letter, keys] = i === 0 ? ["A", ["gradient", "activation", "free"]] : ["B", ["second", "activation-2", "free-2"]];
    const table = trunkHtml(r.trunk, `trunk-${i}`, lastDepth(r), { gradient: keys[0]!, activation: keys[1]!, free: keys[2]! });
    return `<details><summary>The figures behind the charts: ${letter}, ${plural(r.trunk.length, "cut")}</summary>${table}</details>`;
  });
  const bar = toggles.length > 0 ? `<div class="toggles" role="group" aria-label="Panels">${toggles.join("")}</div>` : "";
  return `<figure data-tables="trunk-0 trunk-1">${bar}${panels.join("")}</figure>${data.join("")}`;
}

function panel(key: "gradient" | "activation" | "free", records: readonly CheckRecord[], curves: readonly Curve[]): string {
  const main = key === "gradient";
  const { title, small, quantity } = NAMES[key];
  const depths = records.map(lastDepth);
  const bands = main ? records.map((r) => bandOf(r.trunk)) : [];
  const domain = domainOf(curves, bands, main ? undefined : 0.34);
  const series = curves.flatMap((curve, i): Series[] => {
    if (!hasPoints(curve) && curve.gaps.every((g) => g.kind === "none")) return [];
    const words = endWords(records[i]!, quantity);
    const one: Series = {
      key: i === 0 ? "gradient" : "second",
      name: i === 0 ? "A" : "B",
      column: i === 0 ? key : main ? "second" : `${key}-2`,
      curve,
      last: depths[i]!,
      table: i,
      ...(main ? { band: bands[i]! } : {}),
      ...(words.first === undefined ? {} : { first: `${i === 0 ? "A" : "B"}  ${words.first}`, end: `${i === 0 ? "A" : "B"}  ${words.end!}` }),
    };
    return [one];
  });
  const same = depths[0] === depths[1];
  const chart = stageHtml({
    id: `chart-${key}`,
    title: `${title} over depth, of both networks`,
    description: records.map((r, i) => `${i === 0 ? "A" : "B"}: ${describe(r, curves[i]!)}`).join(" "),
    height: main ? 330 : 120,
    domain,
    ticks: logTicks(domain, main ? 8 : 4),
    series,
    last: same ? depths[0]! : undefined,
    ...(main
      ? {
          strips: records.map((r, i) => ({ blocks: r.blocks, trunk: r.trunk, last: depths[i]!, label: i === 0 ? "A" : "B" })),
          axisTitle: same ? "depth: cuts of the trunk" : "share of the depth",
        }
      : {}),
  });
  const names = `<span class="word-gradient">A ${nameHtml(records[0]!.model.name)}</span><span class="word-second">B ${nameHtml(records[1]!.model.name)}</span>`;
  const keys = main ? keysHtml(records) : "";
  return `<div class="panel" id="panel-${key}"><h3><span>${title}</span>${main ? names : ""}<small>${small}${bands.some((b) => b.some((piece) => piece.length > 1)) ? "; bands: 95 % intervals" : ""}</small></h3>${chart}${keys}</div>`;
}

function findings(a: CheckRecord, b: CheckRecord): string {
  const { onlyA, onlyB, both } = splitFindings(a.findings, b.findings);
  const group = (title: string, cards: readonly string[]): string =>
    cards.length === 0 ? "" : `<h3 class="group">${title}</h3><ul class="cards">${cards.join("")}</ul>`;
  const plain =
    (letter: string) =>
    (f: (typeof onlyA)[number]): string =>
      cardHtml(f, letter);
  const groups = [
    group('Only in <span class="word-gradient">A</span>', sortedFindings(onlyA).map(plain("A"))),
    group('Only in <span class="word-second">B</span>', sortedFindings(onlyB).map(plain("B"))),
    group("In both", [...sortedFindings(both[0]).map(plain("A")), ...sortedFindings(both[1]).map(plain("B"))]),
  ].join("");
  return `<section><h2 id="findings">Findings</h2>${groups === "" ? '<p class="lead">None of the rules found anything to tell.</p>' : groups}</section>`;
}

function blocks(a: CheckRecord, b: CheckRecord): string {
  const pairs = alignBlocks(a.blocks, b.blocks);
  if (pairs.length === 0) return "";
  const gains = pairs.flatMap((p) => [p.a?.lnGain, p.b?.lnGain]).filter((g): g is number => typeof g === "number" && Number.isFinite(g));
  const most = gains.reduce((m, g) => Math.max(m, Math.abs(g)), 0);
  const numberOf = new Map<BlockRow, number>([...a.blocks.entries(), ...b.blocks.entries()].map(([i, r]) => [r, i + 1]));
  const what = (r: BlockRow | undefined, other: BlockRow | undefined): string => {
    if (!r) return "";
    const words = `${[r.kind, ...(r.skip === null ? [] : [r.skip])].join(", ")}${r.norms.length > 0 ? `; ${normWords(r)}` : ""}`;
    const same = other !== undefined && other.kind === r.kind && other.skip === r.skip && other.norms.join() === r.norms.join();
    return `<span title="${escape(blockWords(r))}"${same ? ' class="same"' : ""}>${words}</span><br><span class="note">${nameHtml(r.name)}</span>`;
  };
  const gain = (r: BlockRow | undefined): string =>
    !r || r.lnGain === null ? "–" : barred(escape(factorWords(r.lnGain, "page")), factorBar(r.lnGain, most));
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
      { title: '<span class="word-gradient">A</span>', text: true, cell: (p) => what(p.a, p.b) },
      { title: "Gain of the square", cell: (p) => gain(p.a), sort: (p) => p.a?.lnGain ?? null },
      { title: '<span class="word-second">B</span>', text: true, cell: (p) => what(p.b, p.a) },
      { title: "Gain of the square", cell: (p) => gain(p.b), sort: (p) => p.b?.lnGain ?? null },
      { title: "B / A", cell: (p) => (gainRatio(p) === null ? "–" : escape(factorWords(gainRatio(p)!, "page"))), sort: gainRatio },
    ],
  });
  return `<section><h2>Block by block</h2><p class="lead">What each block does to the squared gradient norm on its way from the output to the input.</p>${table}</section>`;
}

function settings(a: CheckRecord, b: CheckRecord): string {
  const alike = JSON.stringify(a.settings) === JSON.stringify(b.settings) && a.command === b.command;
  if (alike) return settingsHtml(a, "What was chosen");
  return settingsHtml(a, "What was chosen for A", "settings-a") + settingsHtml(b, "What was chosen for B", "settings-b");
}
