import type { Domain } from "../axis.js";
import { escape } from "./escape.js";
import { at } from "./svg-strip.js";

/** The room that a chart has. */
export interface ChartSize {
  readonly name: "wide" | "narrow";
  readonly width: number;
  readonly left: number;
  readonly right: number;
  /** The most points of a line that can be told apart. */
  readonly points: number;
}

/** Every chart is drawn twice, for wide and for narrow screens; style sheets show one. */
export const WIDE: ChartSize = { name: "wide", width: 960, left: 58, right: 14, points: 900 };
export const NARROW: ChartSize = { name: "narrow", width: 400, left: 52, right: 8, points: 320 };
export const SIZES: readonly ChartSize[] = [WIDE, NARROW];

/** Air above the box. */
export const TOP = 10;

/** A place on an axis with its label. */
export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** The pixels that a chart's box takes. */
export interface Box {
  readonly x0: number;
  readonly x1: number;
  readonly bottom: number;
}

/** The height of a value: inside the box always. */
export const heightOf =
  ({ low, high }: Domain, bottom: number): ((v: number) => number) =>
  (v) =>
    Math.min(bottom, Math.max(TOP, TOP + ((high - v) / (high - low)) * (bottom - TOP)));

/** Lines across at the ticks, labels to their left. */
export function gridSvg(ticks: readonly Tick[], y: (v: number) => number, { x0, x1 }: Box): string {
  return ticks
    .map(
      (t) =>
        `<line class="grid" x1="${at(x0)}" x2="${at(x1)}" y1="${at(y(t.at))}" y2="${at(y(t.at))}"/><text x="${at(x0 - 8)}" y="${at(y(t.at) + 4)}" text-anchor="end">${escape(t.label)}</text>`,
    )
    .join("");
}

/** The axis below the box, its marks given in pixels. */
export function footSvg(marks: readonly Tick[], { x0, x1 }: Box, foot: number): string {
  const drawn = marks.map(({ at: x, label }) => {
    const anchor = x > x1 - 12 ? "end" : "middle";
    return `<line class="axis" x1="${at(x)}" x2="${at(x)}" y1="${foot}" y2="${foot + 4}"/><text x="${at(anchor === "end" ? x1 + 4 : x)}" y="${foot + 17}" text-anchor="${anchor}">${escape(label)}</text>`;
  });
  return `<line class="axis" x1="${at(x0)}" x2="${at(x1)}" y1="${foot}" y2="${foot}"/>${drawn.join("")}`;
}

/** What a chart is called, and how large it is. */
export interface Canvas {
  readonly id: string;
  readonly size: ChartSize;
  readonly title: string;
  readonly description: string;
  readonly height: number;
  readonly box: Box;
  readonly domain: Domain;
}

/** The drawing around what is in it, with the pixels of its box for the script. */
export function chartSvg({ id, size, title, description, height, box, domain }: Canvas, inside: string): string {
  return (
    `<svg class="${size.name}" viewBox="0 0 ${size.width} ${at(height)}" role="img" aria-labelledby="${id}-t ${id}-d" ` +
    `data-x="${at(box.x0)} ${at(box.x1)}" data-y="${TOP} ${at(box.bottom)}" data-v="${domain.low.toPrecision(8)} ${domain.high.toPrecision(8)}">` +
    `<title id="${id}-t">${escape(title)}</title><desc id="${id}-d">${escape(description)}</desc>${inside}</svg>`
  );
}
