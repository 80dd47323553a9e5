import { range } from "d3-array";
import { scaleLinear } from "d3-scale";
import { wholeTicks } from "../axis.js";
import type { Domain, Tick } from "../axis.js";
import { count, magnitude } from "../../util/format.js";
import { at } from "./coordinates.js";
import { SIZES, TOP, chartSvg, footSvg, footTitleSvg, hatchSvg } from "./frame.js";
import type { Box, ChartSize } from "./frame.js";
import { html, svg } from "./html.js";
import type { Html } from "./html.js";
import { STRIP_HEIGHT, stripSvg } from "./svg-blocks.js";
import type { Strip } from "./svg-blocks.js";
import { endsSvg } from "./svg-depth.js";

/** One row of a heat map. */
export interface HeatRow {
  readonly label: string;
  /** Its column in the data table. */
  readonly key: string;
  /** Natural logarithms along the axis; null where none was measured. */
  readonly values: readonly (number | null)[];
}

/** A heat map of logarithms: places along the axis, steps from the top down. */
export interface HeatChart {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly HeatRow[];
  /** The logarithms of the palest and the darkest colour. */
  readonly scale: Domain;
  /** What the axis holds: a value stands at its number. */
  readonly along: Domain;
  readonly table: number;
  readonly strip?: Strip;
  readonly axisTitle: string;
  readonly ends: readonly [left: string, right: string];
  readonly labelled: boolean;
}

/** Colours of the ramp; the style sheet has a class for each. */
export const LEVELS = 12;

/** The scale that holds all values, at least one decade of it, so that what hardly differs looks alike. */
export function scaleOf(rows: readonly HeatRow[]): Domain {
  let [low, high] = [Infinity, -Infinity];
  for (const row of rows)
    for (const v of row.values) {
      if (v === null || !Number.isFinite(v)) continue;
      [low, high] = [Math.min(low, v), Math.max(high, v)];
    }
  if (low > high) return { low: 0, high: 1 };
  const missing = Math.max(0, Math.LN10 - (high - low)) / 2;
  return { low: low - missing, high: high + missing };
}

/** What a field holds: a colour of the ramp, or what is no finite number. */
type Field = number | "NaN" | "infinite" | "zero" | "none";

function fieldOf(part: readonly (number | null)[], { low, high }: Domain): Field {
  if (part.some((v) => v !== null && Number.isNaN(v))) return "NaN";
  if (part.includes(Infinity)) return "infinite";
  const known = part.filter((v): v is number => v !== null);
  if (known.length === 0) return "none";
  if (known.includes(-Infinity)) return "zero";
  const mean = known.reduce((a, b) => a + b, 0) / known.length;
  return Math.min(LEVELS - 1, Math.max(0, Math.floor((LEVELS * (mean - low)) / (high - low))));
}

/** The map for wide and for narrow screens. */
export const heatSvg = (chart: HeatChart): Html => svg`${SIZES.map((size) => plot(chart, size))}`;

/** Pixels of all rows together, and of one. */
const TALL = { wide: 260, narrow: 220 } as const;

function plot(chart: HeatChart, size: ChartSize): Html {
  const { rows, along, scale } = chart;
  const id = `${chart.id}-${size.name}`;
  const height = Math.min(24, Math.max(6, TALL[size.name] / Math.max(1, rows.length)));
  const box: Box = { x0: size.left, x1: size.width - size.right, bottom: TOP + height * rows.length };
  const px = scaleLinear([along.low, along.high], [box.x0, box.x1]).clamp(true);
  const n = rows[0]?.values.length ?? 0;
  const fields = Math.min(n, size.name === "wide" ? 220 : 110);
  const edges = range(fields + 1).map((c) => Math.round((c * n) / fields));
  // One path for each colour: a map of thousands of fields stays small.
  const paths = new Map<Field, string>();
  rows.forEach((row, r) => {
    const y = TOP + r * height;
    let from = 0;
    const known = range(fields).map((c) => fieldOf(row.values.slice(edges[c], edges[c + 1]), scale));
    for (let c = 1; c <= fields; c++) {
      if (c < fields && known[c] === known[from]) continue;
      const [left, right] = [px(edges[from]! - 0.5), px(edges[c]! - 0.5)];
      if (known[from] !== "none")
        paths.set(known[from]!, `${paths.get(known[from]!) ?? ""}M${at(left)} ${at(y)}h${at(right - left)}v${at(height)}h${at(left - right)}z`);
      from = c;
    }
  });
  const drawn = [...paths].map(([field, d]) =>
    field === "NaN" ? svg`<path class="nan-field" fill="url(#${id}-h)" d="${d}"/>` : svg`<path class="h-${field}" d="${d}"/>`,
  );
  const every = Math.max(1, Math.ceil(16 / height));
  const names = rows
    .map((row, r) => svg`<text x="${at(box.x0 - 8)}" y="${at(TOP + (r + 0.5) * height + 4)}" text-anchor="end">${row.label}</text>`)
    .filter((_, r) => (r % every === 0 && r + every < rows.length) || r === rows.length - 1);
  const foot = box.bottom + (chart.strip ? STRIP_HEIGHT : 0);
  const marks: readonly Tick[] = chart.labelled
    ? wholeTicks({ low: Math.max(0, along.low), high: along.high }, Math.min(11, size.width / 70)).map((t) => ({ at: px(t), label: count(t) }))
    : [];
  const content = [
    hatchSvg(`${id}-h`, 6, 2, "gap"),
    svg`<rect class="zone" x="${at(box.x0)}" y="${TOP}" width="${at(box.x1 - box.x0)}" height="${at(box.bottom - TOP)}"/>`,
    ...drawn,
    ...names,
    chart.strip && stripSvg(chart.strip, px, box.bottom),
    footSvg(marks, box, foot),
    footTitleSvg(chart.axisTitle, box, foot),
    endsSvg(chart.ends, box, foot),
    svg`<line class="cursor" x1="0" x2="0" y1="${TOP}" y2="${at(foot)}"/><line class="cursor across" x1="${at(box.x0)}" x2="${at(box.x1)}" y1="0" y2="0"/>`,
  ];
  const { title, description, table } = chart;
  const rowsOf = { keys: rows.map((r) => r.key), table };
  return chartSvg({ id, size, title, description, height: foot + 38, box, domain: scale, rows: rowsOf }, content);
}

/** What the colours mean: the ramp with its ends, and what is no finite number. */
export function heatKeyHtml(rows: readonly HeatRow[], { low, high }: Domain): Html {
  const all = rows.flatMap((r) => r.values);
  const ramp = svg`<svg class="ramp" viewBox="0 0 ${10 * LEVELS} 12" aria-hidden="true">${range(LEVELS).map(
    (i) => svg`<rect class="h-${i}" x="${10 * i}" width="10" height="12"/>`,
  )}</svg>`;
  const swatch = (name: string): Html =>
    svg`<svg viewBox="0 0 26 14" aria-hidden="true"><rect class="h-${name}" x="2" y="1" width="22" height="12"/></svg>`;
  const others = [
    all.some((v) => v !== null && Number.isNaN(v)) && html`<li class="word-gap">hatched: not a number</li>`,
    all.includes(Infinity) && html`<li>${swatch("infinite")}infinite</li>`,
    all.includes(-Infinity) && html`<li>${swatch("zero")}exactly zero</li>`,
  ];
  return html`<ul class="keys" aria-label="What the colours mean"><li><span>${magnitude(low, "page")}</span>${ramp}<span>${magnitude(high, "page")}, on a logarithmic scale</span></li>${others}</ul>`;
}
