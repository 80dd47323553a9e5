import { at, linePath } from "./coordinates.js";
import { svg } from "./html.js";
import type { Html } from "./html.js";

type Shape = (x: number, y: number, r: number) => Html;

type Corner = readonly [dx: number, dy: number];

const polygon =
  (corners: readonly Corner[]): Shape =>
  (x, y, r) =>
    svg`<path d="${linePath<Corner>(
      corners,
      (c) => x + r * c[0],
      (c) => y + r * c[1],
    )}Z"/>`;

/** Shapes of the markers: what the colours say is said once more. */
const SHAPES: readonly Shape[] = [
  (x, y, r) => svg`<circle cx="${at(x)}" cy="${at(y)}" r="${at(r)}"/>`,
  (x, y, r) => svg`<rect x="${at(x - 0.9 * r)}" y="${at(y - 0.9 * r)}" width="${at(1.8 * r)}" height="${at(1.8 * r)}"/>`,
  polygon([
    [0, -1.2],
    [1.15, 0.85],
    [-1.15, 0.85],
  ]),
  polygon([
    [0, -1.35],
    [1.2, 0],
    [0, 1.35],
    [-1.2, 0],
  ]),
  polygon([
    [0, 1.2],
    [1.15, -0.85],
    [-1.15, -0.85],
  ]),
  polygon([
    [-0.45, -1.2],
    [0.45, -1.2],
    [0.45, -0.45],
    [1.2, -0.45],
    [1.2, 0.45],
    [0.45, 0.45],
    [0.45, 1.2],
    [-0.45, 1.2],
    [-0.45, 0.45],
    [-1.2, 0.45],
    [-1.2, -0.45],
    [-0.45, -0.45],
  ]),
  polygon([
    [-0.6, -1.25],
    [0, -0.65],
    [0.6, -1.25],
    [1.25, -0.6],
    [0.65, 0],
    [1.25, 0.6],
    [0.6, 1.25],
    [0, 0.65],
    [-0.6, 1.25],
    [-1.25, 0.6],
    [-0.65, 0],
    [-1.25, -0.6],
  ]),
  polygon([
    [0, -1.2],
    [1.15, -0.35],
    [0.7, 1],
    [-0.7, 1],
    [-1.15, -0.35],
  ]),
];

/** Number of markers: colours of the style sheet, and shapes. */
const MARKERS: number = SHAPES.length;

/** The class that gives a marker's colour. */
export const markerClass = (marker: number): string => `k${marker % MARKERS}`;

/** The mark of a measured point; hollow for a control. */
export const markerSvg = (marker: number, control: boolean, x: number, y: number, r = 4.2): Html =>
  svg`<g class="mark ${markerClass(marker)}${control ? " hollow" : ""}">${SHAPES[marker % MARKERS]!(x, y, r)}</g>`;

/** A small picture in a heading or a list of what the shapes mean. */
export const swatch = (inside: Html): Html => svg`<svg viewBox="0 0 26 14" aria-hidden="true">${inside}</svg>`;

/** Mark and line of a marker, small, for a list of what they mean. */
export const markerSwatch = (marker: number, control: boolean, line: boolean): Html =>
  swatch(svg`${line && svg`<path class="rule ${markerClass(marker)}" d="M0 7H26"/>`}${markerSvg(marker, control, 13, 7)}`);
