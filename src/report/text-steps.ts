import { scaleLinear } from "d3-scale";
import { linearTicks, lossTicks } from "./axis.js";
import type { Domain, Tick } from "./axis.js";
import { canvas } from "./canvas.js";
import type { Point } from "./curves.js";
import { count, magnitude } from "../util/format.js";
import type { Paint } from "./paint.js";
import { padTo } from "./visible.js";

// Pictures over the steps of a run for a terminal: curves, and a map of the gradient over depth and steps.

const LABEL = 7;

/** Columns that are left for a chart on a terminal so wide. */
const roomOf = (width: number): number => Math.max(16, width - LABEL - 2);

/** A chart over steps: one line, and marks. */
export interface StepChart {
  readonly line: readonly Point[];
  /** Points with an `o` over the line. */
  readonly marks: readonly Point[];
  readonly domain: Domain;
  /** Whether values are decades. */
  readonly log: boolean;
  /** The step at the right edge. */
  readonly last: number;
  readonly lines: number;
}

/** A curve over the steps with an axis of values and one of steps. */
export function stepChart({ line, marks, domain, log, last, lines }: StepChart, width: number, p: Paint): string[] {
  const columns = roomOf(width);
  const dots = canvas(columns, lines);
  const x = scaleLinear([0, Math.max(1, last)], [0, dots.width - 1]);
  const y = scaleLinear([domain.high, domain.low], [0, dots.height - 1]).clamp(true);
  const at = (q: Point): readonly [number, number] => [Math.round(x(q.x)), Math.round(y(q.y))];
  const finite = line.filter((q) => Number.isFinite(q.y));
  finite.forEach((q, i) => dots.line(...at(finite[Math.max(0, i - 1)]!), ...at(q)));
  const rows = dots.rows().map((r) => Array.from(r.padEnd(columns)));
  for (const q of spaced(
    marks.filter((m) => Number.isFinite(m.y)),
    (q) => at(q)[0] >> 1,
  )) {
    const [px, py] = at(q);
    rows[py >> 2]![px >> 1] = "o";
  }
  const labels = labelsOf(
    log ? lossTicks(domain, Math.max(2, lines - 1), "text") : linearTicks(domain, Math.max(2, Math.floor(lines / 2)), "text"),
    domain,
    lines,
  );
  const left = "step 0";
  const right = count(last);
  return [
    ...rows.map((row, r) => {
      const label = labels.get(r);
      return `${padTo(label ?? "", LABEL, "right")} ${p.dim(label === undefined ? "│" : "┤")}${row.join("").trimEnd()}`;
    }),
    `${" ".repeat(LABEL + 1)}${p.dim(`└${"─".repeat(columns)}`)}`,
    `${" ".repeat(LABEL + 2)}${p.dim(`${left}${" ".repeat(Math.max(1, columns - left.length - right.length))}${right}`)}`,
  ];
}

/** Columns from one mark to the next: a line between them stays seen. */
const APART = 5;

/** The last of some points, and before it those that stand apart. */
function spaced(points: readonly Point[], columnOf: (q: Point) => number): readonly Point[] {
  const kept: Point[] = [];
  for (const q of [...points].reverse()) if (kept.length === 0 || columnOf(kept.at(-1)!) - columnOf(q) >= APART) kept.push(q);
  return kept;
}

/** The ticks by the line that they stand in; where two fall together, the first. */
function labelsOf(ticks: readonly Tick[], domain: Domain, lines: number): ReadonlyMap<number, string> {
  const y = scaleLinear([domain.high, domain.low], [0, lines - 1]).clamp(true);
  const labels = new Map<number, string>();
  for (const t of ticks) {
    const line = Math.round(y(t.at));
    if (!labels.has(line) && !labels.has(line - 1) && !labels.has(line + 1)) labels.set(line, t.label);
  }
  return labels;
}

const SHADES = ["░", "▒", "▓", "█"] as const;

/** One line of a map. */
export interface MapLine {
  readonly label: string;
  /** Natural logarithms along the depth; null where none was measured. */
  readonly values: readonly (number | null)[];
}

/** A map of logarithms over the depth: a line each, shaded by size on one scale, and what the shades mean. */
export function shadeMap(all: readonly MapLine[], width: number, p: Paint): { readonly rows: readonly string[]; readonly key: string } {
  const label = Math.max(LABEL + 1, ...all.map((l) => l.label.length + 1));
  const columns = Math.max(16, width - label - 1);
  const finite = all.flatMap((l) => l.values.filter((v): v is number => v !== null && Number.isFinite(v)));
  const [low, high] = finite.length === 0 ? [0, 1] : [Math.min(...finite), Math.max(...finite)];
  // What hardly differs is not shaded as if it did.
  const step = Math.max(high - low, Math.LN10) / SHADES.length;
  const shadeOf = (v: number): string => SHADES[Math.min(SHADES.length - 1, Math.floor((v - low) / step))]!;
  const marks = new Set<string>();
  const rows = all.map(({ label: name, values }) => {
    const cells = Array.from({ length: columns }, (_, c) => {
      const from = Math.floor((c * values.length) / columns);
      const part = values.slice(from, Math.max(from + 1, Math.floor(((c + 1) * values.length) / columns)));
      const mark = markOf(part);
      if (mark !== undefined) marks.add(mark);
      return mark ?? shadeOf(part.reduce<number>((sum, v) => sum + v!, 0) / part.length);
    });
    return `${p.dim(padTo(name, label))}${cells.join("").trimEnd()}`;
  });
  const shown = SHADES.filter((_, i) => low + i * step <= high || i === 0);
  const shades = finite.length === 0 ? [] : shown.map((s, i) => `${s} ${i === 0 ? "from " : ""}${magnitude(low + i * step)}`);
  const meanings = { "?": "? not a number", "^": "^ infinite", "0": "0 exactly zero" } as const;
  const others = (["?", "^", "0"] as const).filter((m) => marks.has(m)).map((m) => meanings[m]);
  const most = finite.length === 0 ? [] : [`the largest is ${magnitude(high)}`];
  return { rows: [...rows, `${" ".repeat(label)}${p.dim(endsLine(columns))}`], key: [...shades, ...others, ...most].join(", ") };
}

const endsLine = (columns: number): string => `input${" ".repeat(Math.max(1, columns - 11))}output`;

/** The mark of a stretch that holds what is no finite number. */
function markOf(part: readonly (number | null)[]): "?" | "^" | "0" | " " | undefined {
  if (part.some((v) => v !== null && Number.isNaN(v))) return "?";
  if (part.includes(Infinity)) return "^";
  if (part.includes(-Infinity)) return "0";
  return part.includes(null) ? " " : undefined;
}
