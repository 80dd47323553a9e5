import { scaleLinear } from "d3-scale";
import { ticks, wholeTicks } from "./axis.js";
import type { Domain } from "./axis.js";
import { canvas } from "./canvas.js";
import type { BlockRow, CheckRecord, TrunkRow } from "../study/check-record.js";
import { count, decade, magnitude } from "../util/format.js";
import type { Paint } from "./paint.js";
import { bandOf, curveOf, domainOf, fittedLine, hasPoints } from "./curves.js";
import type { Curve, Point, Quantity } from "./curves.js";
import { cellsOf, censusOf } from "./block-cells.js";
import type { Cell } from "./block-cells.js";
import { padTo, wrap } from "./visible.js";

const LABEL = 7;
/** Lines of a chart without a finite value. */
const EMPTY = 3;

/** Where depth lies on the terminal. */
export interface Frame {
  readonly columns: number;
  readonly last: number;
}

/** The room for charts of a trunk on a terminal so wide. */
export function frameOf(trunk: readonly TrunkRow[], width: number): Frame {
  return { columns: Math.max(16, width - LABEL - 2), last: Math.max(1, trunk[trunk.length - 1]?.depth ?? 1) };
}

/** One curve over depth, `lines` high: axis, dots, shaded where it is not finite. */
export function chart(record: CheckRecord, quantity: Quantity, lines: number, frame: Frame, p: Paint, shared?: Domain): string[] {
  const curve = curveOf(record.trunk, quantity);
  const band = quantity === "gradient" ? bandOf(record.trunk) : [];
  const fitted = quantity === "gradient" ? fittedLine(record) : undefined;
  if (!hasPoints(curve)) return withGaps([], curve, frame, EMPTY, p).map((row) => `${" ".repeat(LABEL + 1)}${p.dim("│")}${row}`);
  const domain = shared ?? domainOf([curve], [band]);
  const dots = canvas(frame.columns, lines);
  const x = scaleLinear()
    .domain([0, frame.last])
    .rangeRound([0, dots.width - 1]);
  const y = scaleLinear()
    .domain([domain.high, domain.low])
    .rangeRound([0, dots.height - 1]);
  const plot = (points: readonly Point[]): void => {
    points.forEach((q, i) => {
      const before = points[Math.max(0, i - 1)]!;
      dots.line(x(before.x), y(before.y), x(q.x), y(q.y));
    });
  };
  // The interval is a row of sparse dots above and below, so that the curve stays the darkest thing.
  for (const piece of band) {
    let last = -8;
    for (const b of piece) {
      if (x(b.x) - last < 3) continue;
      last = x(b.x);
      dots.set(last, y(b.low));
      dots.set(last, y(b.high));
    }
  }
  if (fitted && !band.length) {
    fitted.points.slice(1).forEach((q, i) => {
      const before = fitted.points[i]!;
      for (let px = Math.ceil(x(before.x) / 4) * 4; px < x(q.x); px += 4) {
        dots.set(px, y(before.y + ((q.y - before.y) * (px - x(before.x))) / (x(q.x) - x(before.x))));
      }
    });
  }
  for (const piece of curve.pieces) plot(piece);
  return withAxis(withGaps(dots.rows(), curve, frame, lines, p), domain, lines, p);
}

/** Columns at which the quantity is not finite are marked from top to bottom. */
function withGaps(rows: readonly string[], curve: Curve, frame: Frame, lines: number, p: Paint): string[] {
  const marks = new Map<number, string>();
  const column = (depth: number): number => Math.min(frame.columns - 1, Math.round((depth / frame.last) * (frame.columns - 1)));
  for (const gap of curve.gaps) {
    if (gap.kind === "none") continue;
    const mark = gap.kind === "NaN" ? "░" : gap.kind === "infinite" ? "^" : "0";
    for (let c = column(gap.from); c <= column(gap.to); c++) marks.set(c, mark);
  }
  return Array.from({ length: lines }, (_, r) => {
    const line = (rows[r] ?? "").padEnd(frame.columns);
    return Array.from(line, (c, i) => {
      const mark = marks.get(i);
      const here = mark === "░" || (mark === "^" && r === 0) || (mark === "0" && r === lines - 1);
      return here && c === " " ? p.red(mark) : c;
    })
      .join("")
      .trimEnd();
  });
}

function withAxis(rows: readonly string[], domain: Domain, lines: number, p: Paint): string[] {
  const labels = new Map<number, string>();
  const most = Math.max(2, Math.floor(lines / 2));
  const y = scaleLinear()
    .domain([domain.high, domain.low])
    .rangeRound([0, lines - 1]);
  for (const t of domain.high - domain.low >= 2 ? wholeTicks(domain, most) : ticks(domain, most)) labels.set(y(t), decade(t));
  return rows.map((row, r) => {
    const label = labels.get(r);
    return `${padTo(label ?? "", LABEL, "right")} ${p.dim(label === undefined ? "│" : "┤")}${row}`;
  });
}

/** The axis under the charts: a ruler, the blocks by kind, and where the norms are. */
export function strip(record: CheckRecord, frame: Frame, p: Paint): string[] {
  const blank = " ".repeat(LABEL + 2);
  const lines = [`${" ".repeat(LABEL + 1)}${p.dim(`└${"─".repeat(frame.columns)}`)}`];
  if (record.blocks.length > 0) {
    const cells = cellsOf(record.blocks, (2 * frame.last) / frame.columns, 4 * frame.columns);
    const [kinds, norms] = [new Array<string>(frame.columns).fill(" "), new Array<string>(frame.columns).fill(" ")];
    const column = (depth: number): number => Math.round((depth / frame.last) * frame.columns);
    const extent = (cell: Cell): [number, number] => [column(cell.from), Math.max(column(cell.from) + 1, column(cell.to))];
    const skips = cells.filter((c) => c.count === 1 && c.kind !== "plain" && c.kind !== "other").map(extent);
    const arcs = skips.every(([from, to]) => to - from >= 3);
    for (const cell of cells) {
      const [from, to] = extent(cell);
      glyphs(cell, to - from, arcs).forEach((g, i) => {
        if (from + i < frame.columns) kinds[from + i] = g;
      });
      if (!cell.norms) continue;
      const each = (to - from) / Math.min(cell.count, to - from);
      for (let c = from + (each - 1) / 2; c < to; c += each) norms[Math.min(frame.columns - 1, Math.floor(c))] = "n";
    }
    lines.push(`${blank}${kinds.join("").trimEnd()}`);
    if (norms.includes("n")) lines.push(`${blank}${p.dim(norms.join("").trimEnd())}`);
  }
  const [left, right] = ["input", "output"];
  const middle = `depth 0–${count(frame.last)}`;
  const space = frame.columns - left.length - right.length - middle.length;
  const half = Math.max(1, Math.floor(space / 2));
  lines.push(`${blank}${p.dim(`${left}${" ".repeat(half)}${middle}${" ".repeat(Math.max(1, space - half))}${right}`)}`);
  return lines;
}

const LETTERS: Readonly<Record<BlockRow["kind"], string>> = { plain: "·", residual: "R", gated: "G", dense: "D", other: "o" };

/** One cell in `width` characters: a skip is an arc with its letter where there is room. */
function glyphs(cell: Cell, width: number, arcs: boolean): string[] {
  const letter = LETTERS[cell.kind];
  const fill = new Array<string>(width).fill(letter);
  if (cell.count > 1) return fill;
  if (cell.kind === "plain" || cell.kind === "other") {
    if (width >= 3) fill[0] = " ";
    return fill;
  }
  const line = cell.skip === "projection" ? "┄" : "─";
  if (!arcs) return [letter, ...new Array<string>(width - 1).fill(line)];
  const arc = ["╭", ...new Array<string>(width - 2).fill(line), "╮"];
  arc[Math.floor((width - 1) / 2)] = letter;
  return arc;
}

/** What the letters of the strip mean, for those that occur. */
function blockKey(record: CheckRecord): string {
  const parts = censusOf(record.blocks).map((c) => `${LETTERS[c.kind]} ${c.kind} ×${c.count}${c.note === "" ? "" : ` (${c.note})`}`);
  const normed = record.blocks.filter((b) => b.norms.length > 0).length;
  if (normed > 0) parts.push(`n norm ×${normed}`);
  return parts.join(", ");
}

/** "from 3.1e5 at the input to 0.02 at the output". */
export function ends(record: CheckRecord, of: "lnGradient" | "lnActivation" = "lnGradient"): string {
  const finite = record.trunk.filter((r) => r[of] !== null && Number.isFinite(r[of]));
  const [first, last] = [finite[0], finite[finite.length - 1]];
  if (!first || !last) return "not finite anywhere";
  return `${magnitude(first[of])} at depth ${count(first.depth)}, ${magnitude(last[of])} at depth ${count(last.depth)}`;
}

/** What the marks in the columns mean, for those that occur. */
function gapKey(record: CheckRecord): string {
  const kinds = new Set((["gradient", "activation"] as const).flatMap((q) => curveOf(record.trunk, q).gaps.map((g) => g.kind)));
  return [kinds.has("NaN") ? "░ not a number" : "", kinds.has("infinite") ? "^ infinite" : "", kinds.has("zero") ? "0 exactly zero" : ""]
    .filter((w) => w !== "")
    .join(", ");
}

/** What the letters of the strip and the marks of the charts mean, below them. */
export function keyLines(record: CheckRecord, width: number, p: Paint): string[] {
  const indent = LABEL + 2;
  return [blockKey(record), gapKey(record)]
    .filter((key) => key !== "")
    .flatMap((key) => wrap(key, width - indent))
    .map((l) => `${" ".repeat(indent)}${p.dim(l)}`);
}
