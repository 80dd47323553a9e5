import { rollup } from "d3-array";
import type { BlockRow, CheckRecord, ParameterRow, TrunkRow, UnitRow } from "../../study/check-record.js";
import { count, decimals, factor, formatShape, magnitude, number, percent, plural } from "../../util/format.js";
import { decadesIn } from "../curves.js";
import { VERDICT_MARKS, coverageLine, keyNumbers, leftOutLines, modelLine, relativeGradient, statementOf } from "../headline.js";
import { prose, visible } from "../visible.js";
import { datum } from "./coordinates.js";
import { findingCounts } from "./findings.js";
import { html, joined } from "./html.js";
import type { Html } from "./html.js";
import { lastDepth } from "./panel.js";
import { barred, factorBar, shareBar, tableHtml } from "./table.js";
import type { Column } from "./table.js";
import { aboutHtml, termHtml } from "./terms.js";
import { mathHtml, nameHtml } from "./typography.js";

/** The verdict with its mark. */
export const verdictHtml = (record: CheckRecord): Html =>
  html`<p class="word"><span aria-hidden="true">${VERDICT_MARKS[record.verdict]}</span> ${termHtml(record.verdict, record.verdict)}</p>`;

const ABOUT =
  "This page shows how large the gradient of this network is at every depth, where it grows or shrinks on its way back to the input, and why.";

/** Name, verdict and size. */
export function headHtml(record: CheckRecord, eyebrow: string): Html {
  const found = findingCounts(record.findings);
  return html`
    <header>
      <p class="eyebrow">${eyebrow}</p><h1>${nameHtml(record.model.name)}</h1><p class="meta">${modelLine(record)}</p>
      ${aboutHtml(ABOUT)}
    </header>
    <section class="verdict ${record.verdict}" aria-label="Verdict">
      ${verdictHtml(record)}<p class="sentence">${mathHtml(statementOf(record))}</p>
      ${coverageHtml(record)}
      ${found !== "" && html`<p class="count"><a href="#findings">${found}</a></p>`}
    </section>`;
}

/** What was looked at, and by name what was not. */
export function coverageHtml(record: CheckRecord): Html {
  const left = leftOutLines(record);
  return html`${record.coverage && html`<p class="count">${coverageLine(record)}</p>`}
    ${left.length > 0 && html`<ul class="count">${left.map((line) => html`<li>${line}</li>`)}</ul>`}`;
}

/** The key numbers under the verdict. */
export const keyNumbersHtml = (record: CheckRecord): Html => html`
  <dl class="numbers">
    ${keyNumbers(record, "page").map(
      (f) =>
        html`<div><dt>${termHtml(f.term, f.label)}</dt><dd class="value">${f.value}</dd>${f.note !== "" && html`<dd class="more">${f.note}</dd>`}</div>`,
    )}
  </dl>`;

/** What a block is, on one line. */
export function blockLine(b: BlockRow): string {
  return [
    b.kind,
    b.skip === null ? "" : `${b.skip} skip`,
    b.branchScale === null ? "" : `branch × ${number(b.branchScale, "page")}`,
    b.lnGain === null ? "" : factor(b.lnGain, "page"),
  ]
    .filter((part) => part !== "")
    .join(" · ");
}

/** The norms of a block, alike ones counted. */
export function normsHtml(b: BlockRow): Html {
  const tally = rollup(
    b.norms,
    (own) => own.length,
    (norm) => norm,
  );
  return joined(
    [...tally].map(([norm, n]) => html`${n > 1 && `${n} × `}${nameHtml(norm)}`),
    ", ",
  );
}

/** A column of where rows come from in the program, where the file tells any line of it. */
const programColumn = <R extends Pick<BlockRow, "module" | "source">>(rows: readonly R[]): readonly Column<R>[] =>
  rows.every((r) => r.source === undefined)
    ? []
    : [
        {
          title: "Program",
          text: true,
          wide: true,
          cell: (r) =>
            joined(
              [r.module, r.source].flatMap((s) => (s === undefined ? [] : [nameHtml(s)])),
              ", ",
            ),
        },
      ];

/** Every block with its gain. */
export function blocksHtml(record: CheckRecord): Html | undefined {
  if (record.blocks.length === 0) return undefined;
  const most = record.blocks.reduce((m, b) => (b.lnGain !== null && Number.isFinite(b.lnGain) ? Math.max(m, Math.abs(b.lnGain)) : m), 0);
  const columns: Column<BlockRow>[] = [
    { title: "#", cell: (_, i) => String(i + 1), sort: (_, i) => i },
    { title: "Block", term: "block", text: true, wide: true, cell: (b) => nameHtml(b.name) },
    {
      title: "Gain of the square",
      term: "gain",
      cell: (b) => barred(factor(b.lnGain, "page"), factorBar(b.lnGain, most)),
      sort: (b) => b.lnGain,
    },
    { title: "Kind", text: true, cell: (b) => (b.skip === null ? b.kind : `${b.kind}, ${b.skip}`) },
    {
      title: "Branch ×",
      term: "branch-scale",
      cell: (b) => (b.branchScale === null ? "" : number(b.branchScale, "page")),
      sort: (b) => b.branchScale,
    },
    {
      title: "Branch alone",
      term: "branch-gain",
      cell: (b) => ((b.lnBranchGain ?? null) === null ? "" : factor(b.lnBranchGain!, "page")),
      sort: (b) => b.lnBranchGain ?? null,
    },
    { title: "Norms", term: "norm", text: true, cell: normsHtml },
    { title: "Part", term: "body", text: true, cell: (b) => b.role },
    { title: "Ends at", text: true, wide: true, cell: (b) => nameHtml(b.to) },
    ...programColumn(record.blocks),
  ];
  const empty: Readonly<Record<string, boolean>> = {
    "Branch ×": record.blocks.every((b) => (b.branchScale ?? 1) === 1),
    "Branch alone": record.blocks.every((b) => (b.lnBranchGain ?? null) === null),
    Norms: record.blocks.every((b) => b.norms.length === 0),
    "Ends at": record.blocks.every((b) => b.name === b.to),
  };
  const table = tableHtml(record.blocks, {
    id: "blocks",
    label: "Blocks",
    sortable: true,
    columns: columns.filter((c) => typeof c.title !== "string" || !empty[c.title]),
    data: (b) => ({ "data-from": b.fromDepth, "data-to": b.toDepth, "data-words": `${visible(b.name, 60)}: ${blockLine(b)}` }),
  });
  const lead =
    "What each block does to the squared gradient norm on its way from the output to the input: ×2 doubles it, ×0.5 halves it; the bar is the logarithm." +
    (empty["Branch alone"] ? "" : " What its branch alone would do stands beside it.") +
    " Stem and head stand outside the body, which is judged.";
  return html`<section><h2>${termHtml("block", "Blocks")}</h2><p class="lead">${lead}</p>${table}</section>`;
}

/** The table behind the charts over depth. */
export function trunkHtml(rows: readonly TrunkRow[], id: string, last: number, keys: { gradient: string; activation: string; free: string }): Html {
  const has = (pick: (r: TrunkRow) => number | null): boolean => rows.some((r) => pick(r) !== null);
  const columns: Column<TrunkRow>[] = [
    { title: "Depth", term: "depth", tip: "depth", cell: (r) => count(r.depth), sort: (r) => r.depth },
    { title: "Value", term: "cut", text: true, wide: true, key: "value", tip: "", cell: (r) => nameHtml(r.value) },
    { title: "Op", text: true, tip: "op", cell: (r) => (r.op === null ? "" : nameHtml(r.op)) },
    ...programColumn(rows),
    {
      title: "‖∂loss/∂x‖",
      term: "gradient-norm",
      key: keys.gradient,
      tip: "‖∂loss/∂x‖",
      cell: (r) => magnitude(r.lnGradient, "page"),
      sort: (r) => decadesIn(r.lnGradient),
    },
  ];
  if (has((r) => r.low) || has((r) => r.high)) {
    columns.push({
      title: "95 %",
      term: "interval",
      tip: "95 %",
      cell: (r) => (r.low === null || r.high === null ? "–" : `${magnitude(r.low, "page")} – ${magnitude(r.high, "page")}`),
    });
  }
  if (has((r) => r.lnActivation)) {
    columns.push({
      title: "rms x",
      term: "rms",
      key: keys.activation,
      tip: "rms x",
      cell: (r) => magnitude(r.lnActivation, "page"),
      sort: (r) => decadesIn(r.lnActivation),
    });
  }
  if (has((r) => r.lnScaleFree)) {
    columns.push({
      title: "Scale-free",
      term: "scale-free",
      key: keys.free,
      tip: "scale-free",
      cell: (r) => magnitude(r.lnScaleFree, "page"),
      sort: (r) => decadesIn(r.lnScaleFree),
    });
  }
  if (has((r) => r.cosine))
    columns.push({
      title: "Cosine",
      term: "cosine",
      key: "cosine",
      tip: "cosine",
      cell: (r) => decimals(r.cosine, 3, "page"),
      sort: (r) => r.cosine,
    });
  if (has((r) => r.centredShare)) {
    columns.push({
      title: "Centred share",
      term: "centred-share",
      key: "centred",
      tip: "centred",
      cell: (r) => percent(r.centredShare, "page"),
      sort: (r) => r.centredShare,
    });
  }
  return tableHtml(rows, {
    id,
    label: "Every cut of the trunk",
    sortable: true,
    columns,
    data: (r) => ({ "data-x": datum(r.depth / last) }),
  });
}

/** The numbers behind the charts, folded. */
export function dataHtml(record: CheckRecord): Html | undefined {
  if (record.trunk.length === 0) return undefined;
  const table = trunkHtml(record.trunk, "trunk", lastDepth(record), { gradient: "gradient", activation: "activation", free: "free" });
  return html`<details><summary>The numbers behind the charts: ${plural(record.trunk.length, "cut")} of the trunk</summary>${table}</details>`;
}

/** Every parameter, folded. */
export function parametersHtml(record: CheckRecord): Html | undefined {
  if (record.parameters.length === 0) return undefined;
  const size = (p: ParameterRow): number => p.shape.reduce((n, d) => n * d, 1);
  const lost = record.parameters.some((p) => p.lostFloat16 !== null || p.lostBfloat16 !== null);
  const columns: Column<ParameterRow>[] = [
    { title: "Parameter", term: "parameter", text: true, wide: true, cell: (p) => nameHtml(p.name) },
    ...programColumn(record.parameters),
    { title: "Shape", cell: (p) => formatShape(p.shape), sort: size },
    { title: "‖∂loss/∂w‖", term: "gradient-norm", cell: (p) => magnitude(p.lnGradient, "page"), sort: (p) => p.lnGradient },
    { title: "‖w‖", cell: (p) => magnitude(p.lnWeight, "page"), sort: (p) => p.lnWeight },
    { title: "Ratio", term: "relative-gradient", cell: (p) => magnitude(relativeGradient(p), "page"), sort: relativeGradient },
  ];
  if (lost) {
    columns.push({ title: "Lost, float16", term: "lost", cell: (p) => percent(p.lostFloat16, "page"), sort: (p) => p.lostFloat16 });
    columns.push({ title: "Lost, bfloat16", term: "lost", cell: (p) => percent(p.lostBfloat16, "page"), sort: (p) => p.lostBfloat16 });
  }
  const table = tableHtml(record.parameters, { id: "parameters", label: "Parameters", sortable: true, columns });
  return html`<details class="big"><summary><h2>Parameters</h2> ${plural(record.parameters.length, "tensor")}</summary>${table}</details>`;
}

/** Dead and saturated units of every activation. */
export function unitsHtml(record: CheckRecord): Html | undefined {
  if (record.units.length === 0) return undefined;
  const columns: Column<UnitRow>[] = [
    { title: "Activation", text: true, wide: true, cell: (u) => nameHtml(u.value) },
    { title: "Op", text: true, cell: (u) => nameHtml(u.op) },
    ...programColumn(record.units),
    { title: "Units", cell: (u) => count(u.size), sort: (u) => u.size },
  ];
  if (record.units.some((u) => u.dead !== null)) {
    columns.push({ title: "Dead", term: "dead", cell: (u) => barred(percent(u.dead, "page"), shareBar(u.dead, "bad")), sort: (u) => u.dead });
  }
  if (record.units.some((u) => u.saturated !== null)) {
    columns.push({
      title: "Saturated",
      term: "saturated",
      cell: (u) => barred(percent(u.saturated, "page"), shareBar(u.saturated, "doubt")),
      sort: (u) => u.saturated,
    });
  }
  const table = tableHtml(record.units, { id: "units", label: "Activation units", sortable: true, columns });
  const lead = "The share of units that are zero (dead) or flat (saturated) for every example of the batch.";
  return html`<section><h2>Activation units</h2><p class="lead">${lead}</p>${table}</section>`;
}

/** Characters of a command that are shown. */
const LONGEST_COMMAND = 2000;

/** What was chosen, and the command that makes the page again. */
export function settingsHtml(record: Pick<CheckRecord, "settings" | "command">, title = "What was chosen", id = "settings"): Html | undefined {
  const { settings, command } = record;
  if (settings.length === 0 && command === undefined) return undefined;
  const rows = settings.map((s) => html`<dt>${nameHtml(s.what)}</dt><dd>${prose(s.value)}</dd>`);
  return html`
    <section><h2 id="${id}">${title}</h2>
      ${rows.length > 0 && html`<dl class="settings">${rows}</dl>`}
      ${command !== undefined && html`<p class="note" style="margin-top:20px">Made by</p><pre><code>${visible(command, LONGEST_COMMAND)}</code></pre>`}
    </section>`;
}
