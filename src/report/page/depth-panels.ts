import { linearTicks, logTicks, rangeOf } from "../axis.js";
import type { Domain } from "../axis.js";
import type { CheckRecord } from "../../study/check-record.js";
import { count, decimals } from "../../util/format.js";
import { bandOf, curveOf, domainOf, fittedLine, hasPoints, valuesOf } from "../curves.js";
import type { Curve } from "../curves.js";
import { ratePerBlock } from "../headline.js";
import { html, svg } from "./html.js";
import type { Html } from "./html.js";
import { keysHtml } from "./keys.js";
import { swatch } from "./markers.js";
import { SUBJECTS, depthStageHtml, describeEnds, describeGradient, endValues, lastDepth, togglesHtml, zonesOf } from "./panel.js";
import type { DepthChart, Series } from "./svg-depth.js";
import { termHtml } from "./terms.js";

/** What a network does over its depth: the gradient with the blocks below it, then activation and scale-free gradient. */
export function depthPanelsHtml(record: CheckRecord): Html {
  const gradient = curveOf(record.trunk, "gradient");
  if (record.trunk.length === 0) return html`<p class="note">The network has no trunk to measure along.</p>`;
  const others = (["activation", "free"] as const).filter((k) => hasPoints(curveOf(record.trunk, SUBJECTS[k].quantity)));
  return html`
    <figure data-tables="trunk" data-blocks="blocks">
      ${togglesHtml(others.map((key) => ({ key, name: html`<span class="word-${key}">${SUBJECTS[key].title}</span>` })))}
      ${gradientPanel(record, gradient)}
      ${others.map((k) => smallPanel(record, k))}
    </figure>`;
}

function gradientPanel(record: CheckRecord, curve: Curve): Html {
  const last = lastDepth(record);
  const band = bandOf(record.trunk);
  const line = fittedLine(record);
  const domain = domainOf([curve], [band]);
  const series: Series = { key: "gradient", curve, last, table: 0, band, ...(line ? { line: line.points } : {}), ...endValues(record, "gradient") };
  const chart: DepthChart = {
    id: "chart-gradient",
    title: "Gradient norm over depth",
    description: describeGradient(record, curve),
    height: hasPoints(curve) ? 330 : 120,
    domain,
    ticks: hasPoints(curve) ? logTicks(domain, 8) : [],
    series: [series],
    strips: [{ blocks: record.blocks, trunk: record.trunk, last }],
    last,
    axisTitle: "depth: cuts of the trunk",
    zones: zonesOf(record),
  };
  const interval = swatch(svg`<rect class="b-gradient" style="opacity:.3" y="1" width="26" height="12"/>`);
  return html`
    <div class="panel">
      <h3><span class="word-gradient">${termHtml(SUBJECTS.gradient.term, SUBJECTS.gradient.title)}</span><small>${SUBJECTS.gradient.small}</small>
        ${band.some((piece) => piece.length > 1) && html`<small>${interval}<span>${termHtml("interval", "95 % interval")}${intervalMeaning(record)}</span></small>`}
        ${line && html`<small>${swatch(svg`<path class="law" d="M0 7H26"/>`)}<span>${termHtml("law", "law fitted")}: ${lawLabel(record, line.label)}</span></small>`}
      </h3>
      ${depthStageHtml(chart)}${keysHtml([record])}
    </div>`;
}

/** What the law's line says. */
function lawLabel(record: CheckRecord, label: string | undefined): string {
  const rate = record.law === "exponential" ? `${ratePerBlock(record.growth.gradient, "page")} per block on the square` : undefined;
  return [label, rate].filter((part) => part !== undefined).join(", ");
}

/** What the curve's band is an interval of. */
function intervalMeaning({ replicates }: CheckRecord): string {
  if (!replicates) return "";
  return replicates.over === "batches"
    ? ` of the mean over ${count(replicates.count)} batches; the curve is the first of them`
    : ` of a typical one of ${count(replicates.count)} examples; the curve adds all up, and large ones lift it`;
}

function smallPanel(record: CheckRecord, key: "activation" | "free"): Html {
  const { title, term, small, quantity } = SUBJECTS[key];
  const curve = curveOf(record.trunk, quantity);
  const domain = domainOf([curve], [], 0.34);
  const last = lastDepth(record);
  const chart: DepthChart = {
    id: `chart-${key}`,
    title: `${title} over depth`,
    description: describeEnds(curve, small),
    height: 120,
    domain,
    ticks: logTicks(domain, 4),
    series: [{ key, curve, last, table: 0, ...endValues(record, quantity) }],
    last,
    zones: zonesOf(record).map((z) => ({ ...z, label: "" })),
  };
  return html`
    <div class="panel" id="panel-${key}"><h3><span class="word-${key}">${termHtml(term, title)}</span><small>${small}</small></h3>${depthStageHtml(chart)}</div>`;
}

/** How alike the examples become: mean cosine, and the share of the activation that tells them apart. */
export function likenessPanelHtml(record: CheckRecord): Html | undefined {
  const cosine = curveOf(record.trunk, "cosine");
  const centred = curveOf(record.trunk, "centred");
  if (!hasPoints(cosine) && !hasPoints(centred)) return undefined;
  const low = Math.min(0, Math.floor(5 * (rangeOf(valuesOf(cosine))?.low ?? 0) + 0.5) / 5);
  const domain: Domain = { low: low - 0.02, high: 1.03 };
  const last = lastDepth(record);
  const shown = [
    { key: "cosine", title: "mean cosine", curve: cosine, limit: { at: 0.98, label: "cosine .98" } },
    { key: "centred", title: "centred share", curve: centred, limit: { at: 0.05, label: "share .05" } },
  ].filter((s) => hasPoints(s.curve));
  const chart: DepthChart = {
    id: "chart-collapse",
    title: "Likeness of the examples over depth",
    description: shown.map((s) => describeEnds(s.curve, s.title, (v) => decimals(v, 3, "page"))).join(" "),
    height: 190,
    domain,
    ticks: linearTicks(domain, 6),
    series: shown.map(({ key, curve }) => ({ key, curve, last, table: 0 })),
    last,
    axisTitle: "depth: cuts of the trunk",
    limits: shown.map(({ key, limit }) => ({ ...limit, key })),
  };
  return html`
    <figure class="panel" data-tables="trunk" data-blocks="blocks">
      <h3><span class="word-cosine">${termHtml("cosine", "Mean cosine between examples")}</span><span class="word-centred">${termHtml("centred-share", "Centred share of mean x²")}</span></h3>
      ${depthStageHtml(chart)}
    </figure>`;
}
