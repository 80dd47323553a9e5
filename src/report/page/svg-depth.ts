import { scaleLinear } from "d3-scale";
import { sum } from "d3-array";
import { wholeTicks } from "../axis.js";
import type { Domain, Tick } from "../axis.js";
import { count } from "../../util/format.js";
import { thin, thinBand } from "../curves.js";
import type { BandPoint, Curve, Gap, Point } from "../curves.js";
import { at, bandPath, linePath } from "./coordinates.js";
import { around, endLabels, limitLabel } from "./end-labels.js";
import { SIZES, TOP, chartSvg, footSvg, footTitleSvg, gridSvg, hatchSvg, heightOf } from "./frame.js";
import type { Box, ChartSize, ToPixel } from "./frame.js";
import { svg } from "./html.js";
import type { Html } from "./html.js";
import { STRIP_HEIGHT, stripSvg } from "./svg-blocks.js";
import type { Strip } from "./svg-blocks.js";

/** A line of a chart. */
export interface Series {
  /** Class of the line, and of its column in the data table unless that is said. */
  readonly key: string;
  readonly column?: string;
  /** What the gaps are told apart by, where there are two. */
  readonly name?: string;
  readonly curve: Curve;
  /** The depth at the right edge. */
  readonly last: number;
  /** Which of the data tables. */
  readonly table: number;
  /** `faint`: behind another line of its kind; `dash`: a second line of one colour. */
  readonly style?: "faint" | "dash";
  readonly band?: readonly (readonly BandPoint[])[];
  readonly line?: readonly Point[];
  /** Text at the line's ends. */
  readonly first?: string;
  readonly end?: string;
}

/** A stretch of depth that the verdict leaves out: stem or head. */
export interface Zone {
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

/** A chart of curves over depth. */
export interface DepthChart {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly height: number;
  readonly domain: Domain;
  readonly ticks: readonly Tick[];
  readonly series: readonly Series[];
  readonly strips?: readonly Strip[];
  /** Depth at the right edge of the axis; undefined for shares of the depth. */
  readonly last: number | undefined;
  readonly axisTitle?: string;
  /** What stands at the ends of the axis; the network's input and output unless said. */
  readonly ends?: readonly [left: string, right: string];
  readonly zones?: readonly Zone[];
  /** Limits that cross the chart. */
  readonly limits?: readonly { readonly at: number; readonly label: string; readonly key: string }[];
}

/** The chart twice, for wide and for narrow screens; style sheets show one. */
export const depthSvg = (chart: DepthChart): Html => svg`${SIZES.map((size) => plot(chart, size))}`;

function plot(chart: DepthChart, size: ChartSize): Html {
  const id = `${chart.id}-${size.name}`;
  const [x0, x1] = [size.left, size.width - size.right];
  const height = size.name === "wide" ? chart.height : Math.round(chart.height * 0.82);
  const bottom = TOP + height;
  const box: Box = { x0, x1, bottom };
  const placeOf = (last: number): ToPixel => scaleLinear([0, Math.max(1, last)], [x0, x1]);
  const y = heightOf(chart.domain, bottom);
  const labelled = chart.series.map((s) => {
    const px = placeOf(s.last);
    return { key: s.key, points: s.curve.pieces.flat().map((p) => ({ x: px(p.x), y: y(p.y) })), first: s.first, end: s.end };
  });
  const room = { ...box, top: TOP };
  const gaps = chart.series.flatMap((s) => s.curve.gaps.flatMap((g) => gapLabel(g, placeOf(s.last), box, s.name) ?? []));
  // Curves without names say the same of the same place once.
  const gapLabels = [...new Map(gaps.map((g) => [JSON.stringify(g), g])).values()];
  const zones = chart.zones ?? [];
  const zoneLabels = zones.flatMap((z) => zoneLabel(z, placeOf(chart.last ?? 1), box) ?? []);
  const standing = [...gapLabels, ...zoneLabels].map((l) => around(l.text, l.x, l.y));
  const limits = chart.limits ?? [];
  const strips = chart.strips ?? [];
  const foot = bottom + STRIP_HEIGHT * strips.length;
  const inside = [
    hatchSvg(`${id}-h`, 6, 2, "gap"),
    ...zones.map((z) => zoneSvg(z, placeOf(chart.last ?? 1), box)),
    ...zoneLabels.map((l) => svg`<text class="small" x="${at(l.x)}" y="${at(l.y)}" text-anchor="middle">${l.text}</text>`),
    gridSvg(chart.ticks, y, box),
    ...limits.map((l) => svg`<line class="limit m-${l.key}" x1="${x0}" x2="${x1}" y1="${at(y(l.at))}" y2="${at(y(l.at))}"/>`),
    ...chart.series.map((s) => bandSvg(s, placeOf(s.last), y, size)),
    ...chart.series.map((s) => seriesSvg(s, placeOf(s.last), y, size, { ...box, id })),
    ...gapLabels.map((g) => svg`<text class="gap" x="${at(g.x)}" y="${at(g.y)}" text-anchor="middle">${g.text}</text>`),
    endLabels(labelled, room, standing),
    ...limits.map((l) => limitLabel(l.label, y(l.at), labelled, room, standing)),
    ...strips.map((s, i) => stripSvg(s, placeOf(s.last), bottom + i * STRIP_HEIGHT)),
    depthAxis(chart, size, box, foot),
    svg`<line class="cursor" x1="0" x2="0" y1="${TOP}" y2="${foot}"/>`,
    ...chart.series.map((s) => svg`<circle class="dot c-${s.key}" data-k="${s.column ?? s.key}" data-t="${s.table}" r="4"/>`),
  ];
  const { title, description, domain } = chart;
  return chartSvg({ id, size, title, description, height: foot + (chart.axisTitle === undefined ? 22 : 38), box, domain }, inside);
}

/** A label that stands where its thing is. */
interface ChartLabel {
  readonly text: string;
  /** Where its middle and its foot are. */
  readonly x: number;
  readonly y: number;
}

function zoneSvg({ from, to }: Zone, px: ToPixel, { bottom }: Box): Html | undefined {
  const width = px(to) - px(from);
  return width > 0 ? svg`<rect class="zone" x="${at(px(from))}" y="${TOP}" width="${at(width)}" height="${bottom - TOP}"/>` : undefined;
}

/** The name of a zone, where there is room for it. */
function zoneLabel({ from, to, label }: Zone, px: ToPixel, { bottom }: Box): ChartLabel | undefined {
  const width = px(to) - px(from);
  return width >= 40 ? { text: label, x: px(from) + width / 2, y: bottom - 6 } : undefined;
}

function depthAxis(chart: DepthChart, size: ChartSize, box: Box, foot: number): Html {
  const { x0, x1 } = box;
  const last = Math.max(1, chart.last ?? 100);
  const px = scaleLinear([0, last], [x0, x1]);
  const unit = chart.last === undefined ? " %" : "";
  const marks = wholeTicks({ low: 0, high: last }, Math.min(11, size.width / 70)).map((t) => ({ at: px(t), label: `${count(t)}${unit}` }));
  const axis = footSvg(marks, box, foot);
  if (chart.axisTitle === undefined) return axis;
  return svg`${axis}${footTitleSvg(chart.axisTitle, box, foot)}${endsSvg(chart.ends ?? ENDS, box, foot)}`;
}

const ENDS = ["← input", "output →"] as const;

/** Words at both ends of the axis. */
export const endsSvg = ([left, right]: readonly [string, string], { x0, x1 }: Box, foot: number): Html => svg`
  ${left !== "" && svg`<text class="small" x="${at(x0)}" y="${at(foot + 34)}">${left}</text>`}
  ${right !== "" && svg`<text class="small" x="${at(x1)}" y="${at(foot + 34)}" text-anchor="end">${right}</text>`}`;

function bandSvg(s: Series, px: ToPixel, y: ToPixel, size: ChartSize): Html {
  const pieces = (s.band ?? []).filter((piece) => piece.length > 1).map((piece) => thinBand(piece, size.points / 2));
  return svg`${pieces.map((points) => {
    const path = bandPath(
      points,
      (p) => px(p.x),
      (p) => y(p.low),
      (p) => y(p.high),
    );
    return svg`<path class="band b-${s.key}" d="${path}"/>`;
  })}`;
}

interface Place extends Box {
  readonly id: string;
}

/** A piece of at most this many points has a dot at each. */
const FEW = 24;

function seriesSvg(s: Series, px: ToPixel, y: ToPixel, size: ChartSize, box: Place): Html {
  const total = sum(s.curve.pieces, (p) => p.length);
  const path = (points: readonly Point[]): string =>
    linePath(
      points,
      (p) => px(p.x),
      (p) => y(p.y),
    );
  const pieces = s.curve.pieces.map((piece) => {
    const points = thin(piece, Math.max(8, (size.points * piece.length) / total));
    const dots = points.map((p) => svg`<circle class="c-${s.key}" cx="${at(px(p.x))}" cy="${at(y(p.y))}" r="2.5"/>`);
    return svg`${points.length > 1 && svg`<path class="l-${s.key}${s.style === undefined ? "" : ` ${s.style}`}" d="${path(points)}"/>`}${(points.length === 1 || total <= FEW) && s.style !== "faint" && dots}`;
  });
  const law = s.line && s.line.length > 1 && svg`<path class="law" d="${path(thin(s.line, size.points))}"/>`;
  return svg`${s.curve.gaps.map((g) => gapSvg(g, px, box))}${pieces}${law}`;
}

/** The pixels that a gap takes along the box. */
const gapExtent = (gap: Gap, px: ToPixel, { x0, x1 }: Box): readonly [from: number, to: number] => {
  const from = Math.max(x0, px(gap.from - 0.5));
  return [from, Math.min(x1, Math.max(px(gap.to + 0.5), from + 3))];
};

/** What stands at a gap, where there is room. */
function gapLabel(gap: Gap, px: ToPixel, box: Box, name: string | undefined): ChartLabel | undefined {
  const [from, to] = gapExtent(gap, px, box);
  if (gap.kind === "none" || (gap.kind === "NaN" && to - from < 30)) return undefined;
  const [text, y] = gap.kind === "NaN" ? ["NaN", TOP + 16] : gap.kind === "infinite" ? ["∞", TOP + 22] : ["0", box.bottom - 12];
  return { text: name === undefined ? text : `${name}: ${text}`, x: (from + to) / 2, y };
}

function gapSvg(gap: Gap, px: ToPixel, box: Place): Html | undefined {
  const [from, to] = gapExtent(gap, px, box);
  if (gap.kind === "none") return undefined;
  if (gap.kind === "NaN") {
    return svg`<rect class="nan" fill="url(#${box.id}-h)" x="${at(from)}" y="${TOP}" width="${at(to - from)}" height="${box.bottom - TOP}"/>`;
  }
  const [edge, turn] = gap.kind === "infinite" ? [TOP + 1, 7] : [box.bottom - 1, -7];
  return svg`
    <path class="gap" d="M${at((from + to) / 2)} ${edge}l5 ${turn}h-10z"/>
    <line class="gap" x1="${at(from)}" x2="${at(to)}" y1="${edge}" y2="${edge}"/>`;
}
