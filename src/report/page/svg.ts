import { ticks } from "../axis.js";
import type { Domain } from "../axis.js";
import { count } from "../../util/format.js";
import { thin, thinBand } from "../profile.js";
import type { BandPoint, Curve, Gap, Point } from "../profile.js";
import { endLabels, limitLabel } from "./end-labels.js";
import { escape } from "./escape.js";
import { SIZES, TOP, chartSvg, footSvg, gridSvg, heightOf } from "./frame.js";
import type { Box, ChartSize, Tick } from "./frame.js";
import { STRIP_HEIGHT, at, stripSvg } from "./svg-strip.js";
import type { Strip } from "./svg-strip.js";

/** A line of a panel. */
export interface Series {
  /** Class of the line, and of its column in the data table unless that is said. */
  readonly key: string;
  readonly column?: string;
  /** What the gaps are told apart by, where there are two. */
  readonly name?: string;
  readonly curve: Curve;
  /** The depth at the right edge. */
  readonly last: number;
  /** Which of the figure's data tables. */
  readonly table: number;
  readonly band?: readonly (readonly BandPoint[])[];
  readonly line?: readonly Point[];
  /** Text at the line's ends. */
  readonly first?: string;
  readonly end?: string;
}

/** One chart over depth. */
export interface Panel {
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
  /** Depths left out of the verdict: stem and head. */
  readonly zones?: readonly { readonly from: number; readonly to: number; readonly label: string }[];
  /** Limits drawn across. */
  readonly limits?: readonly { readonly at: number; readonly label: string; readonly key: string }[];
}

/** The panel twice, for wide and for narrow screens; style sheets show one. */
export function panelSvg(panel: Panel): string {
  return SIZES.map((s) => draw(panel, s)).join("");
}

function draw(panel: Panel, size: ChartSize): string {
  const id = `${panel.id}-${size.name}`;
  const [x0, x1] = [size.left, size.width - size.right];
  const height = size.name === "wide" ? panel.height : Math.round(panel.height * 0.82);
  const bottom = TOP + height;
  const box: Box = { x0, x1, bottom };
  const place =
    (last: number) =>
    (depth: number): number =>
      x0 + (depth / Math.max(1, last)) * (x1 - x0);
  const y = heightOf(panel.domain, bottom);
  const parts: string[] = [];
  for (const z of panel.zones ?? []) {
    const px = place(panel.last ?? 1);
    const width = px(z.to) - px(z.from);
    if (width <= 0) continue;
    parts.push(`<rect class="zone" x="${at(px(z.from))}" y="${TOP}" width="${at(width)}" height="${height}"/>`);
    if (width >= 40) parts.push(`<text class="small" x="${at(px(z.from) + width / 2)}" y="${bottom - 6}" text-anchor="middle">${z.label}</text>`);
  }
  parts.push(gridSvg(panel.ticks, y, box));
  for (const l of panel.limits ?? []) {
    parts.push(`<line class="limit m-${l.key}" x1="${x0}" x2="${x1}" y1="${at(y(l.at))}" y2="${at(y(l.at))}"/>`);
  }
  for (const s of panel.series) parts.push(bandSvg(s, place(s.last), y, size));
  for (const s of panel.series) parts.push(seriesSvg(s, place(s.last), y, size, { ...box, id }));
  const labelled = panel.series.map((s) => {
    const px = place(s.last);
    return { key: s.key, points: s.curve.pieces.flat().map((p) => ({ x: px(p.x), y: y(p.y) })), first: s.first, end: s.end };
  });
  const room = { ...box, top: TOP };
  parts.push(endLabels(labelled, room));
  for (const l of panel.limits ?? []) parts.push(limitLabel(l.label, y(l.at), labelled, room));
  let foot = bottom;
  for (const s of panel.strips ?? []) {
    parts.push(stripSvg(s, place(s.last), foot));
    foot += STRIP_HEIGHT;
  }
  parts.push(xAxis(panel, size, box, foot));
  const total = foot + (panel.axisTitle === undefined ? 22 : 38);
  parts.push(`<line class="cursor" x1="0" x2="0" y1="${TOP}" y2="${foot}"/>`);
  for (const s of panel.series) parts.push(`<circle class="dot c-${s.key}" data-k="${s.column ?? s.key}" data-t="${s.table}" r="4"/>`);
  const { title, description, domain } = panel;
  return chartSvg({ id, size, title, description, height: total, box, domain }, hatch(id) + parts.join(""));
}

function xAxis(panel: Panel, size: ChartSize, box: Box, foot: number): string {
  const { x0, x1 } = box;
  const last = panel.last ?? 100;
  const unit = panel.last === undefined ? " %" : "";
  const marks = ticks({ low: 0, high: last }, Math.min(10, size.width / 70), 1).map((t) => ({
    at: x0 + (t / Math.max(1, last)) * (x1 - x0),
    label: `${count(t)}${unit}`,
  }));
  const axis = footSvg(marks, box, foot);
  if (panel.axisTitle === undefined) return axis;
  const y = foot + 34;
  return `${axis}<text class="small" x="${x0}" y="${y}">← input</text><text class="small" x="${(x0 + x1) / 2}" y="${y}" text-anchor="middle">${escape(panel.axisTitle)}</text><text class="small" x="${x1}" y="${y}" text-anchor="end">output →</text>`;
}

function bandSvg(s: Series, px: (depth: number) => number, y: (v: number) => number, size: ChartSize): string {
  return (s.band ?? [])
    .filter((piece) => piece.length > 1)
    .map((piece) => {
      const points = thinBand(piece, size.points / 2);
      const up = points.map((p) => `${at(px(p.x))} ${at(y(p.high))}`);
      const down = [...points].reverse().map((p) => `${at(px(p.x))} ${at(y(p.low))}`);
      return `<path class="band b-${s.key}" d="M${[...up, ...down].join("L")}Z"/>`;
    })
    .join("");
}

interface Place extends Box {
  readonly id: string;
}

function seriesSvg(s: Series, px: (depth: number) => number, y: (v: number) => number, size: ChartSize, box: Place): string {
  const total = s.curve.pieces.reduce((n, p) => n + p.length, 0);
  const parts = s.curve.gaps.map((g) => gapSvg(g, px, box, s.name));
  for (const piece of s.curve.pieces) {
    const points = thin(piece, Math.max(8, (size.points * piece.length) / total));
    if (points.length === 1) parts.push(`<circle class="c-${s.key}" cx="${at(px(points[0]!.x))}" cy="${at(y(points[0]!.y))}" r="2.5"/>`);
    else parts.push(`<path class="l-${s.key}" d="M${points.map((p) => `${at(px(p.x))} ${at(y(p.y))}`).join("L")}"/>`);
    if (total <= 24 && points.length > 1)
      parts.push(...points.map((p) => `<circle class="c-${s.key}" cx="${at(px(p.x))}" cy="${at(y(p.y))}" r="2.5"/>`));
  }
  if (s.line && s.line.length > 1) {
    parts.push(
      `<path class="law" d="M${thin(s.line, size.points)
        .map((p) => `${at(px(p.x))} ${at(y(p.y))}`)
        .join("L")}"/>`,
    );
  }
  return parts.join("");
}

function gapSvg(gap: Gap, px: (depth: number) => number, box: Place, name?: string): string {
  if (gap.kind === "none") return "";
  const whose = name === undefined ? "" : `${name}: `;
  const from = Math.max(box.x0, px(gap.from - 0.5));
  const to = Math.min(box.x1, Math.max(px(gap.to + 0.5), from + 3));
  const middle = at((from + to) / 2);
  if (gap.kind === "NaN") {
    const words = to - from >= 30 ? `<text class="gap" x="${middle}" y="${TOP + 16}" text-anchor="middle">${whose}NaN</text>` : "";
    return `<rect class="nan" fill="url(#${box.id}-h)" x="${at(from)}" y="${TOP}" width="${at(to - from)}" height="${box.bottom - TOP}"/>${words}`;
  }
  const [edge, turn, word] = gap.kind === "infinite" ? [TOP + 1, 7, "∞"] : [box.bottom - 1, -7, "0"];
  return (
    `<path class="gap" d="M${at((from + to) / 2)} ${edge}l5 ${turn}h-10z"/><line class="gap" x1="${at(from)}" x2="${at(to)}" y1="${edge}" y2="${edge}"/>` +
    `<text class="gap" x="${middle}" y="${gap.kind === "infinite" ? edge + 21 : edge - 11}" text-anchor="middle">${whose}${word}</text>`
  );
}

function hatch(id: string): string {
  return `<defs><pattern id="${id}-h" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="2" height="6" class="gap"/></pattern></defs>`;
}
