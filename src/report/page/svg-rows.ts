import type { Domain } from "../axis.js";
import { shorten } from "../visible.js";
import { escape, mathSvg } from "./escape.js";
import { SIZES, TOP, WIDE, chartSvg, footSvg } from "./frame.js";
import type { Box, ChartSize, Tick } from "./frame.js";
import { MARKERS, markerSvg } from "./markers.js";
import type { MarkedPoint, RulePoint } from "./svg-points.js";
import { at } from "./svg-strip.js";

/** One number of an arm. */
export interface Row {
  readonly name: string;
  readonly look: number;
  readonly control: boolean;
  /** x is the number. */
  readonly point: Omit<MarkedPoint, "y">;
  readonly rule: Omit<RulePoint, "y"> | undefined;
}

/** A chart of one number for each arm, a row each, with its interval and the law's place. */
export interface RowPanel {
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
export function rowsSvg(panel: RowPanel): string {
  return SIZES.map((size) => draw(panel, size)).join("");
}

function draw(panel: RowPanel, size: ChartSize): string {
  const wide = size === WIDE;
  const most = wide ? 46 : 50;
  const length = (s: string): number => CHARACTER * Math.min(most, Array.from(s).length);
  const row = wide ? 28 : 46;
  const right = Math.max(...panel.rows.map((r) => DIGIT * Array.from(r.point.words).length));
  const box: Box = {
    x0: wide ? 20 + Math.max(...panel.rows.map((r) => length(r.name))) : 14,
    x1: size.width - (wide ? 18 + right : 14),
    bottom: TOP + row * panel.rows.length,
  };
  const { low, high } = panel.domain;
  const x = (v: number): number => Math.min(box.x1, Math.max(box.x0, box.x0 + ((v - low) / (high - low)) * (box.x1 - box.x0)));
  const lines = panel.ticks.map((t) => `<line class="grid" x1="${at(x(t.at))}" x2="${at(x(t.at))}" y1="${TOP}" y2="${box.bottom}"/>`);
  const drawn = panel.rows.map((r, i) => {
    const middle = TOP + i * row + (wide ? row / 2 : 32);
    const name = wide
      ? `<text x="${at(box.x0 - 12)}" y="${at(middle + 4.5)}" text-anchor="end">${mathSvg(shorten(r.name, most))}</text>`
      : `<text class="halo" x="${at(box.x0)}" y="${at(middle - 15)}">${mathSvg(shorten(r.name, most))}</text>`;
    const words = wide ? `<text x="${at(box.x1 + 12)}" y="${at(middle + 4.5)}">${escape(r.point.words)}</text>` : "";
    return `${name}${words}${ruleSvg(r, x, middle)}${whisker(r, x, middle)}${markerSvg(r.look, r.control, x(r.point.x), middle)}`;
  });
  const foot = footSvg(
    panel.ticks.map((t) => ({ at: x(t.at), label: t.label })),
    box,
    box.bottom,
  );
  const title = `<text class="small" x="${at((box.x0 + box.x1) / 2)}" y="${box.bottom + 34}" text-anchor="middle">${escape(panel.axisTitle)}</text>`;
  const { domain, description } = panel;
  const canvas = { id: `${panel.id}-${size.name}`, size, title: panel.title, description, height: box.bottom + 40, box, domain };
  return chartSvg(canvas, [...lines, ...drawn, foot, title].join(""));
}

function whisker({ point, look }: Row, x: (v: number) => number, middle: number): string {
  const [from, to] = [x(point.low), x(point.high)];
  if (!(to - from > 0.5)) return "";
  const cap = (v: number): string => `M${at(v)} ${at(middle - 3.5)}v7`;
  return `<path class="whisker k${look % MARKERS}" d="M${at(from)} ${at(middle)}H${at(to)}${cap(from)}${cap(to)}"/>`;
}

function ruleSvg({ rule, look }: Row, x: (v: number) => number, middle: number): string {
  if (!rule) return "";
  const [from, to] = [x(rule.low), x(rule.high)];
  const k = `k${look % MARKERS}`;
  return (
    `<rect class="margin ${k}" x="${at(from)}" y="${at(middle - 9)}" width="${at(Math.max(1, to - from))}" height="18"/>` +
    `<path class="rule ${k}" d="M${at(x(rule.x))} ${at(middle - 9)}v18"/>`
  );
}
