import { decadesOf, linearTicks, logTicks, rangeOf } from "../axis.js";
import type { Domain, Tick } from "../axis.js";
import { placeOn, titleOf } from "../claim-picture.js";
import type { Picture, PictureAxis, PictureLine, PicturePoint, Scale } from "../claim-picture.js";
import { exact, factor, level, number } from "../../util/format.js";
import { visible } from "../visible.js";
import { NARROW, SIZES } from "./frame.js";
import { html } from "./html.js";
import type { Content, Html } from "./html.js";
import { markerSwatch } from "./markers.js";
import { stageHtml } from "./panel.js";
import { pointsSvg } from "./svg-points.js";
import type { AlongAxis, PointChart, PointSeries, RulePoint } from "./svg-points.js";
import { rowsSvg } from "./svg-rows.js";
import { termHtml } from "./terms.js";
import { mathHtml } from "./typography.js";

/** A number as its scale tells it: "×2.3×10⁵", "0.617". */
export const told = (scale: Scale, value: number): string => (scale === "factor" ? factor(value, "page") : number(value, "page"));

/** "×15.2, interval ×14.9 to ×15.6; law ×15, holds". */
function wordsOf(scale: Scale, { row }: PicturePoint): string {
  const { value, low, high } = row.measured;
  const interval = low === high ? "" : `, ${told(scale, low)} to ${told(scale, high)}`;
  return `${told(scale, value)}${interval}${row.law ? `; law ${told(scale, row.law.value)}` : ""}`;
}

/** The axis of the numbers: all points and laws are on it, intervals as far as they do not flatten the rest. */
function domainOf(picture: Picture): Domain {
  const { scale } = picture;
  const points = picture.parts.flatMap((p) => p.lines.flatMap((l) => l.points));
  const on = (v: number): number => placeOn(scale, v);
  const values = points.flatMap(({ row: f }) => [on(f.measured.value), ...(f.law ? [on(f.law.value)] : [])]).filter(Number.isFinite);
  const { low, high } = rangeOf(values) ?? { low: 0, high: 1 };
  const air = Math.max(high - low, scale === "linear" ? 0.1 * Math.max(Math.abs(low), Math.abs(high)) : 0.5);
  const edges = points.flatMap(({ row: f }) => [Math.max(on(f.measured.low), low - air / 2), Math.min(on(f.measured.high), high + air / 2)]);
  if (scale !== "linear") return decadesOf([...values, ...edges], 0.6);
  const all = rangeOf([...values, ...edges])!;
  const margin = 0.08 * (all.high - all.low) || 0.1 * Math.abs(all.high) || 1;
  return { low: all.low - margin, high: all.high + margin };
}

/** Ticks of the numbers' axis. */
const ticksOf = (scale: Scale, domain: Domain, most: number): readonly Tick[] =>
  scale === "linear" ? linearTicks(domain, most) : logTicks(domain, most);

/** An axis of positive numbers that span a factor of 16 is logarithmic, depth never: what grows by a factor a layer is then a straight line. */
function alongOf(
  { title, isDepth }: PictureAxis,
  points: readonly PicturePoint[],
): { readonly axis: AlongAxis; readonly place: (x: number) => number } {
  const xs = [...new Set(points.map((p) => p.x))].sort((a, b) => a - b);
  const [first, last] = [xs[0]!, xs[xs.length - 1]!];
  const log = !isDepth && first > 0 && last / first >= 16;
  const place = log ? Math.log10 : (x: number): number => x;
  const words = isDepth ? (x: number): string => `L = ${x}` : (x: number): string => `${title} = ${exact(log ? 10 ** x : x, "page")}`;
  const span = place(last) - place(first);
  const low = isDepth ? 0 : place(first) - 0.04 * span;
  const own = isDepth ? [0, ...xs] : xs;
  const label = (x: number): string => (isDepth ? String(x) : exact(x, "page"));
  return {
    place,
    axis: { domain: { low, high: place(last) + 0.03 * span }, ticks: own.map((x) => ({ at: place(x), label: label(x) })), title, words },
  };
}

function seriesOf(line: PictureLine, scale: Scale, place: (x: number) => number): PointSeries {
  const on = (v: number): number => placeOn(scale, v);
  const rule = line.points.flatMap(({ x, row: { law } }): RulePoint[] =>
    law && Number.isFinite(law.value) ? [{ x: place(x), y: on(law.value), low: on(law.value - law.margin), high: on(law.value + law.margin) }] : [],
  );
  const points = line.points.map((p) => {
    const { value, low, high } = p.row.measured;
    return { x: place(p.x), y: on(value), low: on(low), high: on(high), words: wordsOf(scale, p) };
  });
  return { name: line.name, marker: line.marker, control: line.control, points, rule };
}

/** What the chart shows, for those who do not see it. */
function described(lines: readonly PictureLine[], scale: Scale, words: (p: PicturePoint) => string): string {
  return lines
    .map((l) => {
      const last = l.points[l.points.length - 1];
      return last ? `${visible(l.name)}: ${told(scale, last.row.measured.value)} ${words(last)}.` : "";
    })
    .join(" ");
}

/** A picture as charts: points with intervals over laws, or rows where every arm has one number. */
export function claimChartHtml(picture: Picture, id: string, height = 300): Html {
  const { scale, parts, axis } = picture;
  const title = titleOf(picture);
  const lines = parts.flatMap((p) => p.lines);
  const heading = html`<h3><span>${mathHtml(title)}</span>${picture.shared !== "" && html`<small>${mathHtml(picture.shared)}</small>`}</h3>`;
  const left = picture.left > 0 && html`<p class="note">${picture.left} of the numbers are not finite: they stand in the table only.</p>`;
  if (axis === undefined) return html`<figure class="panel">${heading}${rowsHtml(picture, lines, id, title)}${keyHtml(lines, false)}${left}</figure>`;
  const domain = domainOf(picture);
  const { axis: along, place } = alongOf(
    axis,
    lines.flatMap((l) => l.points),
  );
  const one = parts.length === 1;
  const charts = parts.map((part, i): Html => {
    const chart: PointChart = {
      id: `${id}-${i}`,
      title: `${title}${part.title === "" ? "" : `, ${part.title}`}`,
      description: described(part.lines, scale, (p) => along.words(place(p.x))),
      height: one ? height : 230,
      domain,
      ticks: ticksOf(scale, domain, one ? 8 : 6),
      along,
      series: part.lines.map((l) => seriesOf(l, scale, place)),
    };
    const stage = stageHtml(chart.title, "axis", pointsSvg(chart, one ? SIZES : [NARROW]));
    return html`<div>${part.title !== "" && html`<h4>${mathHtml(part.title)}</h4>`}${stage}</div>`;
  });
  return html`
    <figure class="panel points" data-marks>
      ${heading}${one ? charts : html`<div class="parts">${charts}</div>`}${armsHtml(lines, one)}${keyHtml(lines, true)}${left}
    </figure>`;
}

/** Which mark is which arm; where names stand in the chart, for narrow screens only. */
function armsHtml(lines: readonly PictureLine[], one: boolean): Html {
  const known = new Map(lines.map((l) => [l.name, l]));
  const items = [...known.values()].map((l) => html`<li>${markerSwatch(l.marker, l.control, hasLaw(l))}<span>${mathHtml(l.name)}</span></li>`);
  return html`<ul class="keys${one ? " only-narrow" : ""}" aria-label="Arms">${items}</ul>`;
}

const hasLaw = (l: PictureLine): boolean => l.points.some((p) => p.row.law !== null);

/** What marks, bars, lines and bands are. */
function keyHtml(lines: readonly PictureLine[], along: boolean): Html | undefined {
  const [first] = lines.flatMap((l) => l.points);
  if (!first) return undefined;
  const items: readonly Content[] = [
    [
      "marks: ",
      termHtml("estimate", "means over seeds"),
      "; bars: their ",
      termHtml("interval", `${level(first.row.measured.level, "page")} intervals`),
      ", where they are longer than the mark",
    ],
    lines.some((l) => l.control) && lines.some((l) => !l.control) && ["hollow: ", termHtml("control", "control")],
    lines.some(hasLaw) && [
      along ? "lines join what the " : "upright lines: the ",
      termHtml("predicted-law", "law"),
      along ? " says at these places; bands" : "; boxes",
      ": the margin within which it counts as equal",
    ],
    along && lines.some((l) => !hasLaw(l) && l.points.length > 1) && "dotted: no law is known for these",
  ];
  return html`<ul class="keys what">${items.filter((item) => item !== false).map((item) => html`<li><span>${item}</span></li>`)}</ul>`;
}

function rowsHtml(picture: Picture, lines: readonly PictureLine[], id: string, title: string): Html {
  const { scale } = picture;
  const on = (v: number): number => placeOn(scale, v);
  const domain = domainOf(picture);
  const rows = lines.flatMap((l) =>
    l.points.map((p) => {
      const { value, low, high } = p.row.measured;
      const { law } = p.row;
      const name = l.points.length > 1 && p.row.depth !== null ? `${l.name}, L = ${p.row.depth}` : l.name;
      const rule =
        law && Number.isFinite(law.value) ? { x: on(law.value), low: on(law.value - law.margin), high: on(law.value + law.margin) } : undefined;
      const interval = low === high || !Number.isFinite(low) ? "" : ` [${told(scale, low)}, ${told(scale, high)}]`;
      // A row has its name beside it: colour and shape say its role.
      const marker = p.row.role === "contrast" ? 3 : 0;
      return { name, marker, control: l.control, rule, point: { x: on(value), low: on(low), high: on(high), words: told(scale, value) + interval } };
    }),
  );
  const chart = {
    id,
    title,
    description: described(lines, scale, () => ""),
    domain,
    ticks: ticksOf(scale, domain, 5),
    axisTitle: scale === "factor" ? "factor" : "",
    rows,
  };
  return html`<div class="stage">${rowsSvg(chart)}</div>`;
}
