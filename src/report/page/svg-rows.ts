import { max } from "d3-array";
import { scaleLinear } from "d3-scale";
import type { Domain, Tick } from "../axis.js";
import { shorten } from "../visible.js";
import { at } from "./coordinates.js";
import { SIZES, TOP, WIDE, chartSvg, footSvg, footTitleSvg } from "./frame.js";
import type { Box, ChartSize, ToPixel } from "./frame.js";
import { svg } from "./html.js";
import type { Html } from "./html.js";
import { markerClass, markerSvg } from "./markers.js";
import type { MarkedPoint, RulePoint } from "./svg-points.js";
import { mathSvg } from "./typography.js";

/** One number of an arm. */
export interface Row {
  readonly name: string;
  readonly marker: number;
  readonly control: boolean;
  /** x is the number. */
  readonly point: Omit<MarkedPoint, "y">;
  readonly rule: Omit<RulePoint, "y"> | undefined;
}

/** A chart of one number for each arm, a row each, with its interval and the law's place. */
export interface RowChart {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly domain: Domain;
  readonly ticks: readonly Tick[];
  readonly axisTitle: string;
  readonly rows: readonly Row[];
}

const CHARACTER = 7;
/** Numbers are wider than words. */
const DIGIT = 7.8;

/** The rows for wide screens, names to their left, and for narrow ones, names above. */
export const rowsSvg = (chart: RowChart): Html => svg`${SIZES.map((size) => plot(chart, size))}`;

function plot(chart: RowChart, size: ChartSize): Html {
  const wide = size === WIDE;
  const most = wide ? 46 : 50;
  const height = wide ? 28 : 46;
  const names = max(chart.rows, (r) => CHARACTER * Math.min(most, Array.from(r.name).length)) ?? 0;
  const numbers = max(chart.rows, (r) => DIGIT * Array.from(r.point.words).length) ?? 0;
  const box: Box = {
    x0: wide ? 20 + names : 14,
    x1: size.width - (wide ? 18 + numbers : 14),
    bottom: TOP + height * chart.rows.length,
  };
  const { domain, description, title } = chart;
  const x = scaleLinear([domain.low, domain.high], [box.x0, box.x1]).clamp(true);
  const rows = chart.rows.map((r, i) => {
    const middle = TOP + i * height + (wide ? height / 2 : 32);
    const name = mathSvg(shorten(r.name, most));
    const beside = svg`
      <text x="${at(box.x0 - 12)}" y="${at(middle + 4.5)}" text-anchor="end">${name}</text>
      <text x="${at(box.x1 + 12)}" y="${at(middle + 4.5)}">${r.point.words}</text>`;
    const above = svg`<text class="halo" x="${at(box.x0)}" y="${at(middle - 15)}">${name}</text>`;
    return svg`${wide ? beside : above}${ruleSvg(r, x, middle)}${whiskerSvg(r, x, middle)}${markerSvg(r.marker, r.control, x(r.point.x), middle)}`;
  });
  const marks = chart.ticks.map((t) => ({ at: x(t.at), label: t.label }));
  const inside = [
    ...marks.map((t) => svg`<line class="grid" x1="${at(t.at)}" x2="${at(t.at)}" y1="${TOP}" y2="${box.bottom}"/>`),
    ...rows,
    footSvg(marks, box, box.bottom),
    footTitleSvg(chart.axisTitle, box, box.bottom),
  ];
  return chartSvg({ id: `${chart.id}-${size.name}`, size, title, description, height: box.bottom + 40, box, domain }, inside);
}

function whiskerSvg({ point, marker }: Row, x: ToPixel, middle: number): Html | undefined {
  const [from, to] = [x(point.low), x(point.high)];
  if (!(to - from > 0.5)) return undefined;
  const cap = (v: number): string => `M${at(v)} ${at(middle - 3.5)}v7`;
  return svg`<path class="whisker ${markerClass(marker)}" d="M${at(from)} ${at(middle)}H${at(to)}${cap(from)}${cap(to)}"/>`;
}

function ruleSvg({ rule, marker }: Row, x: ToPixel, middle: number): Html | undefined {
  if (!rule) return undefined;
  const [from, to] = [x(rule.low), x(rule.high)];
  const k = markerClass(marker);
  return svg`
    <rect class="margin ${k}" x="${at(from)}" y="${at(middle - 9)}" width="${at(Math.max(1, to - from))}" height="18"/>
    <path class="rule ${k}" d="M${at(x(rule.x))} ${at(middle - 9)}v18"/>`;
}
