import type { FindingRow as Finding } from "../../study/finding-schema.js";
import { formatShape } from "../../graph/tensor.js";
import type { BlockRow, CheckRecord, ParameterRow, TrunkRow, UnitRow } from "../../study/check-record.js";
import { count, decimals, magnitude, number, plural, percent } from "../../util/format.js";
import { SEVERITY_MARKS, VERDICT_MARKS, factorWords, keyFigures, modelWords, sentenceOf, sortedFindings } from "../headline.js";
import { visible } from "../visible.js";
import { escape, nameHtml, proseHtml } from "./escape.js";
import { lastDepth } from "./panels.js";
import { barred, factorBar, shareBar, tableHtml } from "./table.js";
import type { Column } from "./table.js";

/** Name, verdict and size. */
export function headHtml(record: CheckRecord, eyebrow: string): string {
  const found = countWords(record.findings);
  return (
    `<header><p class="eyebrow">${escape(eyebrow)}</p><h1>${nameHtml(record.model.name)}</h1><p class="meta">${escape(modelWords(record))}</p></header>` +
    `<section class="verdict ${record.verdict}" aria-label="Verdict"><p class="word"><span aria-hidden="true">${VERDICT_MARKS[record.verdict]}</span> ${record.verdict}</p>` +
    `<p class="sentence">${proseHtml(sentenceOf(record))}</p>${found === "" ? "" : `<p class="count"><a href="#findings">${found}</a></p>`}</section>`
  );
}

/** "1 error, 2 warnings". */
export function countWords(findings: readonly Finding[]): string {
  const of = (s: Finding["severity"]): number => findings.filter((f) => f.severity === s).length;
  return [
    of("error") > 0 ? plural(of("error"), "error") : "",
    of("warning") > 0 ? plural(of("warning"), "warning") : "",
    of("info") > 0 ? plural(of("info"), "note") : "",
  ]
    .filter((w) => w !== "")
    .join(", ");
}

export function figuresHtml(record: CheckRecord): string {
  const items = keyFigures(record, "page").map(
    (f) =>
      `<div><dt>${escape(f.label)}</dt><dd class="value">${escape(f.value)}</dd>${f.note === "" ? "" : `<dd class="more">${escape(f.note)}</dd>`}</div>`,
  );
  return `<dl class="figures">${items.join("")}</dl>`;
}

export function findingsHtml(record: CheckRecord): string {
  const cards = sortedFindings(record.findings).map((f) => cardHtml(f));
  const list = cards.length > 0 ? `<ul class="cards">${cards.join("")}</ul>` : `<p class="lead">None of the rules found anything to tell.</p>`;
  return `<section><h2 id="findings">Findings</h2>${list}</section>`;
}

export function cardHtml(f: Finding, whose?: string): string {
  const part = (label: string, text: string): string => (text.trim() === "" ? "" : `<dt>${label}</dt><dd>${proseHtml(text)}</dd>`);
  return (
    `<li class="card ${f.severity}"><header><h3><b>${SEVERITY_MARKS[f.severity]} ${f.severity}</b> ${escape(f.rule)}${whose === undefined ? "" : ` in ${whose}`}</h3><span class="where">${nameHtml(f.where)}</span></header>` +
    `<dl>${part("Evidence", f.evidence)}${part("Why", f.why)}${part("Remedy", f.remedy)}</dl></li>`
  );
}

/** What a block is, in a few words. */
export function blockWords(b: BlockRow): string {
  return [
    b.kind,
    b.skip === null ? "" : `${b.skip} skip`,
    b.branchScale === null ? "" : `branch × ${number(b.branchScale, "page")}`,
    b.lnGain === null ? "" : factorWords(b.lnGain, "page"),
  ]
    .filter((w) => w !== "")
    .join(" · ");
}

export function normWords(b: BlockRow): string {
  const tally = new Map<string, number>();
  for (const n of b.norms) tally.set(n, (tally.get(n) ?? 0) + 1);
  return [...tally].map(([n, k]) => `${k > 1 ? `${k} × ` : ""}${nameHtml(n)}`).join(", ");
}

export function blocksHtml(record: CheckRecord): string {
  if (record.blocks.length === 0) return "";
  const most = record.blocks.reduce((m, b) => (b.lnGain !== null && Number.isFinite(b.lnGain) ? Math.max(m, Math.abs(b.lnGain)) : m), 0);
  const columns: Column<BlockRow>[] = [
    { title: "#", cell: (_, i) => String(i + 1), sort: (_, i) => i },
    { title: "Block", text: true, wide: true, cell: (b) => nameHtml(b.name) },
    {
      title: "Gain of the square",
      cell: (b) => barred(b.lnGain === null ? "–" : escape(factorWords(b.lnGain, "page")), factorBar(b.lnGain, most)),
      sort: (b) => b.lnGain,
    },
    { title: "Kind", text: true, cell: (b) => (b.skip === null ? b.kind : `${b.kind}, ${b.skip}`) },
    { title: "Branch ×", cell: (b) => (b.branchScale === null ? "" : number(b.branchScale, "page")), sort: (b) => b.branchScale },
    {
      title: "Branch alone",
      cell: (b) => ((b.lnBranchGain ?? null) === null ? "" : escape(factorWords(b.lnBranchGain!, "page"))),
      sort: (b) => b.lnBranchGain ?? null,
    },
    { title: "Norms", text: true, cell: normWords },
    { title: "Part", text: true, cell: (b) => b.role },
    { title: "Ends at", text: true, wide: true, cell: (b) => nameHtml(b.to) },
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
    columns: columns.filter((c) => !empty[c.title]),
    attributes: (b) => ` data-from="${b.fromDepth}" data-to="${b.toDepth}" data-words="${escape(`${visible(b.name, 60)}: ${blockWords(b)}`)}"`,
  });
  return `<section><h2>Blocks</h2><p class="lead">What each block does to the squared gradient norm on its way from the output to the input: ×2 doubles it, ×0.5 halves it; the bar is the logarithm.${empty["Branch alone"] ? "" : " What its branch alone would do stands beside it."} Stem and head stand outside the body, which is judged.</p>${table}</section>`;
}

/** The table behind the charts over depth. */
export function trunkHtml(rows: readonly TrunkRow[], id: string, last: number, keys: { gradient: string; activation: string; free: string }): string {
  const has = (pick: (r: TrunkRow) => number | null): boolean => rows.some((r) => pick(r) !== null);
  const log = (ln: number | null): number | null => (ln === null ? null : ln / Math.LN10);
  const columns: Column<TrunkRow>[] = [
    { title: "Depth", tip: "depth", cell: (r) => count(r.depth), sort: (r) => r.depth },
    { title: "Value", text: true, wide: true, key: "value", tip: "", cell: (r) => nameHtml(r.value) },
    { title: "Op", text: true, tip: "op", cell: (r) => (r.op === null ? "" : nameHtml(r.op)) },
    { title: "‖∂loss/∂x‖", key: keys.gradient, tip: "‖∂loss/∂x‖", cell: (r) => magnitude(r.lnGradient, "page"), sort: (r) => log(r.lnGradient) },
  ];
  if (has((r) => r.low) || has((r) => r.high)) {
    columns.push({
      title: "95 %",
      tip: "95 %",
      cell: (r) => (r.low === null || r.high === null ? "–" : `${magnitude(r.low, "page")} – ${magnitude(r.high, "page")}`),
    });
  }
  if (has((r) => r.lnActivation)) {
    columns.push({
      title: "rms x",
      key: keys.activation,
      tip: "rms x",
      cell: (r) => magnitude(r.lnActivation, "page"),
      sort: (r) => log(r.lnActivation),
    });
  }
  if (has((r) => r.lnScaleFree)) {
    columns.push({
      title: "Scale-free",
      key: keys.free,
      tip: "scale-free",
      cell: (r) => magnitude(r.lnScaleFree, "page"),
      sort: (r) => log(r.lnScaleFree),
    });
  }
  if (has((r) => r.cosine))
    columns.push({ title: "Cosine", key: "cosine", tip: "cosine", cell: (r) => decimals(r.cosine, 3, "page"), sort: (r) => r.cosine });
  if (has((r) => r.centredShare)) {
    columns.push({
      title: "Centred share",
      key: "centred",
      tip: "centred",
      cell: (r) => escape(percent(r.centredShare, "page")),
      sort: (r) => r.centredShare,
    });
  }
  return tableHtml(rows, {
    id,
    label: "Every cut of the trunk",
    sortable: true,
    columns,
    attributes: (r) => ` data-x="${(r.depth / last).toPrecision(7)}"`,
  });
}

export function dataHtml(record: CheckRecord): string {
  if (record.trunk.length === 0) return "";
  return `<details><summary>The figures behind the charts: ${plural(record.trunk.length, "cut")} of the trunk</summary>${trunkHtml(record.trunk, "trunk", lastDepth(record), { gradient: "gradient", activation: "activation", free: "free" })}</details>`;
}

export function parametersHtml(record: CheckRecord): string {
  if (record.parameters.length === 0) return "";
  const ratio = (p: ParameterRow): number | null => (p.lnGradient === null || p.lnWeight === null ? null : p.lnGradient - p.lnWeight);
  const size = (p: ParameterRow): number => p.shape.reduce((n, d) => n * d, 1);
  const lost = record.parameters.some((p) => p.lostFloat16 !== null || p.lostBfloat16 !== null);
  const columns: Column<ParameterRow>[] = [
    { title: "Parameter", text: true, wide: true, cell: (p) => nameHtml(p.name) },
    { title: "Shape", cell: (p) => escape(formatShape(p.shape)), sort: size },
    { title: "‖∂loss/∂w‖", cell: (p) => magnitude(p.lnGradient, "page"), sort: (p) => p.lnGradient },
    { title: "‖w‖", cell: (p) => magnitude(p.lnWeight, "page"), sort: (p) => p.lnWeight },
    { title: "Ratio", cell: (p) => magnitude(ratio(p), "page"), sort: ratio },
  ];
  if (lost) {
    columns.push({ title: "Lost, float16", cell: (p) => escape(percent(p.lostFloat16, "page")), sort: (p) => p.lostFloat16 });
    columns.push({ title: "Lost, bfloat16", cell: (p) => escape(percent(p.lostBfloat16, "page")), sort: (p) => p.lostBfloat16 });
  }
  const table = tableHtml(record.parameters, { id: "parameters", label: "Parameters", sortable: true, columns });
  return `<details class="big"><summary><h2>Parameters</h2> ${plural(record.parameters.length, "tensor")}</summary>${table}</details>`;
}

export function unitsHtml(record: CheckRecord): string {
  if (record.units.length === 0) return "";
  const columns: Column<UnitRow>[] = [
    { title: "Activation", text: true, wide: true, cell: (u) => nameHtml(u.value) },
    { title: "Op", text: true, cell: (u) => nameHtml(u.op) },
    { title: "Units", cell: (u) => count(u.size), sort: (u) => u.size },
  ];
  if (record.units.some((u) => u.dead !== null)) {
    columns.push({ title: "Dead", cell: (u) => barred(escape(percent(u.dead, "page")), shareBar(u.dead, "bad")), sort: (u) => u.dead });
  }
  if (record.units.some((u) => u.saturated !== null)) {
    columns.push({
      title: "Saturated",
      cell: (u) => barred(escape(percent(u.saturated, "page")), shareBar(u.saturated, "doubt")),
      sort: (u) => u.saturated,
    });
  }
  const table = tableHtml(record.units, { id: "units", label: "Activation units", sortable: true, columns });
  return `<section><h2>Activation units</h2><p class="lead">The share of units that are zero (dead) or flat (saturated) for every example of the batch.</p>${table}</section>`;
}

export function settingsHtml(record: CheckRecord, title = "What was chosen", id = "settings"): string {
  const rows = record.settings.map((s) => `<dt>${nameHtml(s.what)}</dt><dd>${proseHtml(s.value)}</dd>`);
  const chosen = rows.length > 0 ? `<dl class="settings">${rows.join("")}</dl>` : "";
  const command =
    record.command === undefined ? "" : `<p class="note" style="margin-top:20px">Made by</p><pre><code>${proseHtml(record.command)}</code></pre>`;
  return chosen === "" && command === "" ? "" : `<section><h2 id="${id}">${title}</h2>${chosen}${command}</section>`;
}
