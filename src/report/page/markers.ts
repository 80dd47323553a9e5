import { at } from "./svg-strip.js";

type Shape = (x: number, y: number, r: number) => string;

const polygon = (corners: readonly (readonly [number, number])[]): Shape => {
  return (x, y, r) => `<path d="M${corners.map(([dx, dy]) => `${at(x + r * dx)} ${at(y + r * dy)}`).join("L")}Z"/>`;
};

/** Shapes by look: what the colours say is said once more. */
const SHAPES: readonly Shape[] = [
  (x, y, r) => `<circle cx="${at(x)}" cy="${at(y)}" r="${at(r)}"/>`,
  (x, y, r) => `<rect x="${at(x - 0.9 * r)}" y="${at(y - 0.9 * r)}" width="${at(1.8 * r)}" height="${at(1.8 * r)}"/>`,
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

/** Number of looks: colours of the style sheet, and shapes. */
export const MARKERS: number = SHAPES.length;

/** The mark of a measured point; hollow for a control. */
export function markerSvg(look: number, control: boolean, x: number, y: number, r = 4.2): string {
  const inside = SHAPES[look % MARKERS]!(x, y, r);
  return `<g class="mark k${look % MARKERS}${control ? " hollow" : ""}">${inside}</g>`;
}

/** Mark and line of a look, small, for a list of what they mean. */
export const markerSwatch = (look: number, control: boolean, line: boolean): string =>
  `<svg viewBox="0 0 26 14" aria-hidden="true">${line ? `<path class="rule k${look % MARKERS}" d="M0 7H26"/>` : ""}${markerSvg(look, control, 13, 7)}</svg>`;
