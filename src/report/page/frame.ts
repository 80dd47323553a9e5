import { scaleLinear } from "d3-scale";
import type { Domain, Tick } from "../axis.js";
import { at, datum } from "./coordinates.js";
import { attributes, svg } from "./html.js";
import type { Content, Html } from "./html.js";

/** The room that a chart has. */
export interface ChartSize {
  readonly name: "wide" | "narrow";
  readonly width: number;
  readonly left: number;
  readonly right: number;
  /** The most points of a line that can be told apart. */
  readonly points: number;
}

/** Every chart is plotted twice, for wide and for narrow screens; style sheets show one. */
export const WIDE: ChartSize = { name: "wide", width: 960, left: 58, right: 14, points: 900 };
export const NARROW: ChartSize = { name: "narrow", width: 400, left: 52, right: 8, points: 320 };
export const SIZES: readonly ChartSize[] = [WIDE, NARROW];

/** Air above the box. */
export const TOP = 10;

/** The pixels that a chart's box takes. */
export interface Box {
  readonly x0: number;
  readonly x1: number;
  readonly bottom: number;
}

/** From a number to its pixel. */
export type ToPixel = (v: number) => number;

/** The height of a value: inside the box always. */
export const heightOf = ({ low, high }: Domain, bottom: number): ToPixel => scaleLinear([low, high], [bottom, TOP]).clamp(true);

/** The place of a value along the box. */
export const placeAlong = ({ low, high }: Domain, { x0, x1 }: Box): ToPixel => scaleLinear([low, high], [x0, x1]);

/** Lines across at the ticks, labels to their left. */
export const gridSvg = (ticks: readonly Tick[], y: ToPixel, { x0, x1 }: Box): Html =>
  svg`${ticks.map(
    (t) => svg`
      <line class="grid" x1="${at(x0)}" x2="${at(x1)}" y1="${at(y(t.at))}" y2="${at(y(t.at))}"/>
      <text x="${at(x0 - 8)}" y="${at(y(t.at) + 4)}" text-anchor="end">${t.label}</text>`,
  )}`;

/** The axis below the box, its marks given in pixels. */
export function footSvg(marks: readonly Tick[], { x0, x1 }: Box, foot: number): Html {
  const plotted = marks.map(({ at: x, label }) => {
    const anchor = x > x1 - 12 ? "end" : "middle";
    return svg`
      <line class="axis" x1="${at(x)}" x2="${at(x)}" y1="${foot}" y2="${foot + 4}"/>
      <text x="${at(anchor === "end" ? x1 + 4 : x)}" y="${foot + 17}" text-anchor="${anchor}">${label}</text>`;
  });
  return svg`<line class="axis" x1="${at(x0)}" x2="${at(x1)}" y1="${foot}" y2="${foot}"/>${plotted}`;
}

/** What the axis along the foot is called. */
export const footTitleSvg = (title: Html | string, { x0, x1 }: Box, foot: number): Html =>
  svg`<text class="small" x="${at((x0 + x1) / 2)}" y="${at(foot + 34)}" text-anchor="middle">${title}</text>`;

/** Slanted lines that fill what is uncertain or no number. */
export const hatchSvg = (id: string, period: number, line: number, style: string): Html => svg`
  <defs><pattern id="${id}" width="${period}" height="${period}" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
    <rect width="${line}" height="${period}" class="${style}"/>
  </pattern></defs>`;

/** What a chart is called, and how large it is. */
export interface Frame {
  readonly id: string;
  readonly size: ChartSize;
  readonly title: string;
  readonly description: string;
  readonly height: number;
  readonly box: Box;
  readonly domain: Domain;
  /** Of a map: the columns of the data table that its rows show, from the top down, and which table. */
  readonly rows?: { readonly keys: readonly string[]; readonly table: number };
}

/** The picture around what is in it, with the pixels of its box for the script. */
export const chartSvg = ({ id, size, title, description, height, box, domain, rows }: Frame, inside: readonly Content[]): Html => svg`
  <svg${attributes({
    class: size.name,
    viewBox: `0 0 ${size.width} ${at(height)}`,
    role: "img",
    "aria-labelledby": `${id}-t ${id}-d`,
    "data-x": `${at(box.x0)} ${at(box.x1)}`,
    "data-y": `${TOP} ${at(box.bottom)}`,
    "data-v": `${datum(domain.low)} ${datum(domain.high)}`,
    "data-rows": rows?.keys.join(" "),
    "data-t": rows?.table,
  })}>
    <title id="${id}-t">${title}</title><desc id="${id}-d">${description}</desc>${inside}
  </svg>`;
