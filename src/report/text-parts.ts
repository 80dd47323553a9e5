import { max } from "d3-array";
import type { CheckRecord, Finding } from "../study/check-record.js";
import type { Paint } from "./paint.js";
import { SEVERITY_MARKS, VERDICT_MARKS, coverageLine, leftOutLines, modelLine, statementOf } from "./headline.js";
import { acceptedWords } from "./accepted-words.js";
import { columns, padTo, prose, visible, wrap } from "./visible.js";

/** How a check-up is written to a terminal. */
export interface TerminalOptions {
  /** Colours: not without a TTY, not under NO_COLOR. */
  readonly colour?: boolean;
  /** Columns; 80 unless said. */
  readonly width?: number | undefined;
  /** Also every cut of the trunk and every parameter. */
  readonly table?: boolean;
}

/** Wide enough for the charts, narrow enough to read. */
export function widthOf(options: TerminalOptions): number {
  return Math.min(160, Math.max(40, Math.floor(options.width ?? 80)));
}

/** Columns of the widest of some texts. */
export const widest = (texts: readonly string[]): number => max(texts, columns) ?? 0;

/** The colour of a verdict. */
function verdictPaint(record: CheckRecord, p: Paint): (s: string) => string {
  if (record.verdict === "healthy") return p.green;
  return record.verdict === "undecided" ? p.yellow : p.red;
}

/** Name, size, and the verdict in a sentence. */
export function headline(record: CheckRecord, width: number, p: Paint): string[] {
  const tint = verdictPaint(record, p);
  const verdict = `${VERDICT_MARKS[record.verdict]} ${record.verdict.toUpperCase()}`;
  return [
    p.bold(visible(record.model.name, width)),
    ...wrap(modelLine(record), width).map(p.dim),
    "",
    tint(p.bold(verdict)),
    ...wrap(statementOf(record), width),
    ...wrap(coverageLine(record), width).map(p.dim),
    ...leftOutLines(record).flatMap((line) => wrap(line, width - 2).map((l, i) => p.dim(`${i === 0 ? "- " : "  "}${l}`))),
  ];
}

/** The heading of a chart: its title, and what it shows beside it. */
export function heading(title: string, about: string, width: number, p: Paint, tag = ""): string[] {
  const before = tag === "" ? "" : `${p.cyan(tag)} `;
  const indent = columns(title) + 2 + (tag === "" ? 0 : columns(tag) + 1);
  return wrap(about, width - indent).map((l, i) => (i === 0 ? `${before}${p.bold(title)}  ` : " ".repeat(indent)) + p.dim(l));
}

const titleOf = (f: Finding): string => `${SEVERITY_MARKS[f.severity]} ${f.accepted ? "accepted " : ""}${f.severity}: ${f.rule}`;

/** Severity and rule of a finding. */
export function title(f: Finding, p: Paint): string {
  const tint = f.accepted ? p.dim : f.severity === "error" ? p.red : f.severity === "warning" ? p.yellow : p.blue;
  return tint(p.bold(titleOf(f)));
}

/** Everything that was chosen. */
export function settingLines(record: CheckRecord, heading: string, width: number, p: Paint): string[] {
  if (record.settings.length === 0) return [];
  const what = record.settings.map((s) => visible(s.what, Math.floor(width / 2)));
  const label = widest(what) + 2;
  const rows = record.settings.flatMap((s, i) =>
    wrap(prose(s.value), width - label - 2).map((l, j) => p.dim(`  ${padTo(j === 0 ? what[i]! : "", label)}${l}`)),
  );
  return ["", p.dim(heading), ...rows];
}

/** One finding. */
export function card(f: Finding, width: number, p: Paint): string[] {
  const indent = columns(titleOf(f)) + 2;
  const where = wrap(visible(f.where, 3 * width), width - indent);
  const head = where.map((l, i) => (i === 0 ? `${title(f, p)}  ${l}` : " ".repeat(indent) + l));
  const part = (label: string, text: string): string[] => {
    if (text.trim() === "") return [];
    return wrap(prose(text), width - 11).map((l, i) => `  ${p.dim(padTo(i === 0 ? label : "", 9))}${l}`);
  };
  return [...head, ...part("evidence", f.evidence), ...part("why", f.why), ...part("remedy", f.remedy), ...part("accepted", acceptedWords(f))];
}
