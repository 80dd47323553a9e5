import type { Domain } from "../axis.js";
import { shorten, visible } from "../visible.js";
import { escape, mathSvg } from "./escape.js";
import { SIZES, TOP, WIDE, chartSvg, footSvg, gridSvg, heightOf } from "./frame.js";
import type { Box, ChartSize, Tick } from "./frame.js";
import { MARKERS, markerSvg } from "./markers.js";
import { at } from "./svg-strip.js";

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

/** A line that points are held against, with the margin within which they are called equal. */
export interface RulePoint {
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
}

/** The points of one arm, and the law that they are held against. */
export interface PointSeries {
  readonly name: string;
  /** Colour and shape. */
  readonly look: number;
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
export interface PointPanel {
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

/** The chart for wide and for narrow screens; names stand beside the lines where there is room. */
export function pointsSvg(panel: PointPanel, sizes: readonly ChartSize[] = SIZES): string {
  return sizes.map((size) => draw(panel, size)).join("");
}

function draw(panel: PointPanel, size: ChartSize): string {
  const id = `${panel.id}-${size.name}`;
  const named = size === WIDE;
  const longest = Math.max(...panel.series.map((s) => Math.min(NAME, Array.from(s.name).length)));
  const left = Math.max(size.left, 14 + CHARACTER * Math.max(0, ...panel.ticks.map((t) => Array.from(t.label).length)));
  const box: Box = {
    x0: left,
    x1: size.width - (named ? 30 + BOLD * longest : size.right),
    bottom: TOP + (named ? panel.height : Math.round(0.8 * panel.height)),
  };
  const { low, high } = panel.along.domain;
  const x = (v: number): number => box.x0 + ((v - low) / (high - low)) * (box.x1 - box.x0);
  const y = heightOf(panel.domain, box.bottom);
  const places = sideBySide(panel.series, x, y);
  const foot = footSvg(thinned(panel.along.ticks, x), box, box.bottom);
  const title = `<text class="small" x="${at((box.x0 + box.x1) / 2)}" y="${box.bottom + 34}" text-anchor="middle">${escape(panel.along.title)}</text>`;
  const share = (v: number): string => ((x(v) - box.x0) / (box.x1 - box.x0)).toFixed(4);
  const inside = [
    gridSvg(panel.ticks, y, box),
    ...panel.series.map((s) => bandSvg(s, x, y)),
    ...panel.series.map((s) => ruleSvg(s, x, y)),
    `<line class="cursor" x1="0" x2="0" y1="${TOP}" y2="${box.bottom}"/>`,
    ...panel.series.flatMap((s, i) =>
      s.points.map((p, j) => {
        const px = places[i]![j]!;
        const words = `data-at="${share(p.x)}" data-head="${escape(panel.along.words(p.x))}" data-name="${escape(visible(s.name))}" data-words="${escape(p.words)}"`;
        return `<g class="point" ${words}>${intervalSvg(p, px, y, s.look)}${markerSvg(s.look, s.control, px, y(p.y))}</g>`;
      }),
    ),
    named ? namesSvg(panel.series, x, y, box) : "",
    foot,
    title,
  ].join("");
  return chartSvg({ id, size, title: panel.title, description: panel.description, height: box.bottom + 40, box, domain: panel.domain }, inside);
}

type To = (v: number) => number;

/** Ticks in pixels, those left out whose labels would touch. */
function thinned(ticks: readonly Tick[], x: To): readonly Tick[] {
  let end = -Infinity;
  return ticks
    .map((t) => ({ at: x(t.at), label: t.label }))
    .filter((t) => {
      const half = (CHARACTER * Array.from(t.label).length) / 2;
      if (t.at - half < end + 6) return false;
      end = t.at + half;
      return true;
    });
}

/** Where each point stands: beside those of the same place on the axis that it would cover. */
function sideBySide(series: readonly PointSeries[], x: To, y: To): readonly (readonly number[])[] {
  const places = series.map((s) => s.points.map((p) => x(p.x)));
  const columns = new Map<number, { readonly i: number; readonly j: number; readonly height: number }[]>();
  series.forEach((s, i) => s.points.forEach((p, j) => columns.set(p.x, [...(columns.get(p.x) ?? []), { i, j, height: y(p.y) }])));
  for (const column of columns.values()) {
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

function intervalSvg(p: MarkedPoint, px: number, y: To, look: number): string {
  const [top, foot] = [y(p.high), y(p.low)];
  if (!(foot - top > 0.5)) return "";
  const cap = (h: number): string => `M${at(px - 3.5)} ${at(h)}h7`;
  return `<path class="whisker k${look % MARKERS}" d="M${at(px)} ${at(top)}V${at(foot)}${cap(top)}${cap(foot)}"/>`;
}

const path = (points: readonly (readonly [number, number])[]): string => `M${points.map(([a, b]) => `${at(a)} ${at(b)}`).join("L")}`;

/** The margin around a law. */
function bandSvg({ rule, look }: PointSeries, x: To, y: To): string {
  if (rule.length < 2) return "";
  const edge = [...rule.map((p) => [x(p.x), y(p.high)] as const), ...[...rule].reverse().map((p) => [x(p.x), y(p.low)] as const)];
  return `<path class="margin k${look % MARKERS}" d="${path(edge)}Z"/>`;
}

/** The law's line; without a law the points' own, dotted. */
function ruleSvg({ rule, points, look }: PointSeries, x: To, y: To): string {
  const k = `k${look % MARKERS}`;
  if (rule.length > 1) return `<path class="rule ${k}" d="${path(rule.map((p) => [x(p.x), y(p.y)]))}"/>`;
  const one = rule.map((p) => `<path class="rule ${k}" d="M${at(x(p.x) - 11)} ${at(y(p.y))}h22"/>`).join("");
  return points.length > 1 && rule.length === 0 ? `<path class="thread ${k}" d="${path(points.map((p) => [x(p.x), y(p.y)]))}"/>` : one;
}

/** Names to the right of the lines' ends, moved apart where they would touch, with a hair line to the end that they name. */
function namesSvg(series: readonly PointSeries[], x: To, y: To, { x1, bottom }: Box): string {
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
  return ends
    .map(({ s, px, own, middle }) => {
      const from = Math.max(px, x1) + 6;
      const hair = `<path class="hair" d="M${at(px + 7)} ${at(own)}L${at(from + 8)} ${at(middle)}"/>`;
      return `${hair}<text class="name k${s.look % MARKERS}" x="${at(from + 12)}" y="${at(middle + 4.5)}">${mathSvg(shorten(s.name, NAME))}</text>`;
    })
    .join("");
}
