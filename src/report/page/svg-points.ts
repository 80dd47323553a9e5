import { group, max } from "d3-array";
import type { Domain, Tick } from "../axis.js";
import { shorten, visible } from "../visible.js";
import { at, bandPath, linePath, share } from "./coordinates.js";
import { SIZES, TOP, WIDE, chartSvg, footSvg, footTitleSvg, gridSvg, heightOf, placeAlong } from "./frame.js";
import type { Box, ChartSize, ToPixel } from "./frame.js";
import { svg } from "./html.js";
import type { Html } from "./html.js";
import { markerClass, markerSvg } from "./markers.js";
import { mathSvg } from "./typography.js";

/** A measured point with its interval, where the axes have them. */
export interface MarkedPoint {
  readonly x: number;
  readonly y: number;
  /** May be infinite. */
  readonly low: number;
  readonly high: number;
  /** Under the pointer. */
  readonly words: string;
}

/** A point of a law's line, with the margin within which a measured number counts as equal. */
export interface RulePoint {
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
}

/** The points of one arm, and the law that they are compared with. */
export interface PointSeries {
  readonly name: string;
  /** Colour and shape. */
  readonly marker: number;
  /** Hollow marks. */
  readonly control: boolean;
  readonly points: readonly MarkedPoint[];
  /** Empty where none is known: the points are then joined by a dotted line. */
  readonly rule: readonly RulePoint[];
}

/** The axis along the bottom, in its own units: decades where it is logarithmic. */
export interface AlongAxis {
  readonly domain: Domain;
  readonly ticks: readonly Tick[];
  readonly title: string;
  /** What the value under the pointer is called: "L = 20". */
  readonly words: (x: number) => string;
}

/** A chart of measured points with intervals over the lines of laws. */
export interface PointChart {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly height: number;
  readonly domain: Domain;
  readonly ticks: readonly Tick[];
  readonly along: AlongAxis;
  readonly series: readonly PointSeries[];
}

const CHARACTER = 7;
/** Names are bold. */
const BOLD = 8.3;
const LINE = 17;
/** Points nearer than this in height stand side by side. */
const CLOSE = 9;
const STEP = 8;
/** Columns that a name beside its line may take. */
const NAME = 40;

const length = (text: string): number => Array.from(text).length;

/** The chart for wide and for narrow screens; names stand beside the lines where there is room. */
export const pointsSvg = (chart: PointChart, sizes: readonly ChartSize[] = SIZES): Html => svg`${sizes.map((size) => plot(chart, size))}`;

function plot(chart: PointChart, size: ChartSize): Html {
  const { title, description, domain, along, series } = chart;
  const named = size === WIDE;
  const longest = max(series, (s) => Math.min(NAME, length(s.name))) ?? 0;
  const box: Box = {
    x0: Math.max(size.left, 14 + CHARACTER * (max(chart.ticks, (t) => length(t.label)) ?? 0)),
    x1: size.width - (named ? 30 + BOLD * longest : size.right),
    bottom: TOP + (named ? chart.height : Math.round(0.8 * chart.height)),
  };
  const x = placeAlong(along.domain, box);
  const y = heightOf(domain, box.bottom);
  const places = sideBySide(series, x, y);
  const inside = [
    gridSvg(chart.ticks, y, box),
    ...series.map((s) => bandSvg(s, x, y)),
    ...series.map((s) => ruleSvg(s, x, y)),
    svg`<line class="cursor" x1="0" x2="0" y1="${TOP}" y2="${box.bottom}"/>`,
    ...series.flatMap((s, i) =>
      s.points.map((p, j) => {
        const px = places[i]![j]!;
        return svg`
          <g class="point" data-at="${share((x(p.x) - box.x0) / (box.x1 - box.x0))}" data-head="${along.words(p.x)}" data-name="${visible(s.name)}" data-words="${p.words}">
            ${intervalSvg(p, px, y, s.marker)}${markerSvg(s.marker, s.control, px, y(p.y))}
          </g>`;
      }),
    ),
    named && namesSvg(series, x, y, box),
    footSvg(thinned(along.ticks, x), box, box.bottom),
    footTitleSvg(along.title, box, box.bottom),
  ];
  return chartSvg({ id: `${chart.id}-${size.name}`, size, title, description, height: box.bottom + 40, box, domain }, inside);
}

/** Ticks in pixels, those left out whose labels would touch. */
function thinned(ticks: readonly Tick[], x: ToPixel): readonly Tick[] {
  let end = -Infinity;
  return ticks
    .map((t) => ({ at: x(t.at), label: t.label }))
    .filter((t) => {
      const half = (CHARACTER * length(t.label)) / 2;
      if (t.at - half < end + 6) return false;
      end = t.at + half;
      return true;
    });
}

/** Where each point stands: beside those of the same place on the axis that it would cover. */
function sideBySide(series: readonly PointSeries[], x: ToPixel, y: ToPixel): readonly (readonly number[])[] {
  const places = series.map((s) => s.points.map((p) => x(p.x)));
  const all = series.flatMap((s, i) => s.points.map((p, j) => ({ i, j, x: p.x, height: y(p.y) })));
  for (const column of group(all, (p) => p.x).values()) {
    column.sort((a, b) => a.height - b.height);
    for (let from = 0, to = 1; from < column.length; from = to, to++) {
      while (to < column.length && column[to]!.height - column[to - 1]!.height < CLOSE) to++;
      column.slice(from, to).forEach(({ i, j }, k) => {
        places[i]![j] = places[i]![j]! + (k - (to - from - 1) / 2) * STEP;
      });
    }
  }
  return places;
}

function intervalSvg(p: MarkedPoint, px: number, y: ToPixel, marker: number): Html | undefined {
  const [top, foot] = [y(p.high), y(p.low)];
  if (!(foot - top > 0.5)) return undefined;
  const cap = (h: number): string => `M${at(px - 3.5)} ${at(h)}h7`;
  return svg`<path class="whisker ${markerClass(marker)}" d="M${at(px)} ${at(top)}V${at(foot)}${cap(top)}${cap(foot)}"/>`;
}

/** The margin around a law. */
function bandSvg({ rule, marker }: PointSeries, x: ToPixel, y: ToPixel): Html | undefined {
  if (rule.length < 2) return undefined;
  const path = bandPath(
    rule,
    (p) => x(p.x),
    (p) => y(p.low),
    (p) => y(p.high),
  );
  return svg`<path class="margin ${markerClass(marker)}" d="${path}"/>`;
}

/** The law's line; without a law the points' own, dotted. */
function ruleSvg({ rule, points, marker }: PointSeries, x: ToPixel, y: ToPixel): Html {
  const k = markerClass(marker);
  const path = (through: readonly { readonly x: number; readonly y: number }[]): string =>
    linePath(
      through,
      (p) => x(p.x),
      (p) => y(p.y),
    );
  if (rule.length > 1) return svg`<path class="rule ${k}" d="${path(rule)}"/>`;
  if (rule.length === 0 && points.length > 1) return svg`<path class="thread ${k}" d="${path(points)}"/>`;
  return svg`${rule.map((p) => svg`<path class="rule ${k}" d="M${at(x(p.x) - 11)} ${at(y(p.y))}h22"/>`)}`;
}

/** Names to the right of the lines' ends, moved apart where they would touch, with a hair line to the end that they name. */
function namesSvg(series: readonly PointSeries[], x: ToPixel, y: ToPixel, { x1, bottom }: Box): Html {
  const ends = series
    .flatMap((s) => {
      const last = s.points[s.points.length - 1];
      return last ? [{ s, px: x(last.x), own: y(last.y), middle: y(last.y) }] : [];
    })
    .sort((a, b) => a.own - b.own);
  for (let round = 0; round < 60; round++) {
    for (let i = 1; i < ends.length; i++) {
      const gap = LINE - (ends[i]!.middle - ends[i - 1]!.middle);
      if (gap <= 0) continue;
      ends[i - 1]!.middle -= gap / 2;
      ends[i]!.middle += gap / 2;
    }
    for (const e of ends) e.middle = Math.min(Math.max(e.middle, TOP + 6), bottom - 4);
  }
  return svg`${ends.map(({ s, px, own, middle }) => {
    const from = Math.max(px, x1) + 6;
    return svg`
      <path class="hair" d="M${at(px + 7)} ${at(own)}L${at(from + 8)} ${at(middle)}"/>
      <text class="name ${markerClass(s.marker)}" x="${at(from + 12)}" y="${at(middle + 4.5)}">${mathSvg(shorten(s.name, NAME))}</text>`;
  })}`;
}
