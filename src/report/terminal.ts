import type { CheckRecord, ParameterRow, TrunkRow } from "../study/check-record.js";
import { formatShape, magnitude, plural, percent } from "../util/format.js";
import { paint } from "./paint.js";
import type { Paint } from "./paint.js";
import { curveOf, fittedLine, hasPoints } from "./profile.js";
import { card, heading, headline, settingLines, widthOf } from "./terminal-parts.js";
import type { TerminalOptions } from "./terminal-parts.js";
import { ends, frameOf, gapWords, key, panel, strip } from "./terminal-chart.js";
import { columns, padTo, visible, wrap } from "./visible.js";
import { keyFigures, sortedFindings } from "./headline.js";

export { compareText } from "./compare-text.js";
export type { TerminalOptions } from "./terminal-parts.js";

/** A check-up as text for a terminal: the verdict, the profile over depth, the figures, the findings. */
export function checkText(record: CheckRecord, options: TerminalOptions = {}): string {
  const width = widthOf(options);
  const p = paint(options.colour ?? false);
  const lines = [
    ...headline(record, width, p),
    "",
    ...picture(record, width, p),
    ...figures(record, width, p),
    "",
    ...findingLines(record, width, p),
    ...settingLines(record, "chosen", width, p),
  ];
  if (options.table) lines.push("", ...trunkTable(record.trunk, width, p), "", ...parameterTable(record.parameters, width, p));
  return `${lines.join("\n")}\n`;
}

function picture(record: CheckRecord, width: number, p: Paint): string[] {
  if (record.trunk.length === 0) return [];
  const frame = frameOf(record.trunk, width);
  const about = record.trunk.some((r) => r.low !== null) ? "; dots: 95 % interval" : fittedLine(record) ? "; dots: the law fitted" : "";
  const lines = [...heading("‖∂loss/∂x‖", `${ends(record)}${about}`, width, p), ...panel(record, "gradient", 9, frame, p)];
  if (hasPoints(curveOf(record.trunk, "activation"))) {
    lines.push(...heading("rms x", `activation: ${ends(record, "lnActivation")}`, width, p), ...panel(record, "activation", 4, frame, p));
  }
  lines.push(...strip(record, frame, p));
  const gaps = gapWords(record);
  for (const words of [key(record), gaps]) if (words !== "") lines.push(...wrap(words, width - 9).map((l) => `${" ".repeat(9)}${p.dim(l)}`));
  lines.push("");
  return lines;
}

function figures(record: CheckRecord, width: number, p: Paint): string[] {
  const all = keyFigures(record, "text");
  const label = widest(all.map((f) => f.label)) + 2;
  const value = Math.min(widest(all.map((f) => f.value)) + 2, width - label - 20);
  return all.flatMap((f) =>
    wrap(f.note, width - label - value).map((note, i) =>
      (i > 0 ? " ".repeat(label + value) : p.dim(padTo(f.label, label)) + p.bold(padTo(f.value, value))).concat(p.dim(note)).trimEnd(),
    ),
  );
}

function widest(texts: readonly string[]): number {
  return texts.reduce((n, t) => Math.max(n, columns(t)), 0);
}

/** The findings, the worst first. */
function findingLines(record: CheckRecord, width: number, p: Paint): string[] {
  if (record.findings.length === 0) return [p.green("✓ nothing found")];
  return sortedFindings(record.findings).flatMap((f, i) => [...(i > 0 ? [""] : []), ...card(f, width, p)]);
}

/** Every cut of the trunk. */
function trunkTable(rows: readonly TrunkRow[], width: number, p: Paint): string[] {
  const name = Math.max(12, width - 45);
  const head = `${"depth".padStart(5)}  ${padTo("value", name)} ${padTo("op", 12)} ${"‖∂loss‖".padStart(8)} ${"rms x".padStart(7)} ${"GSC".padStart(7)}`;
  return [
    p.bold(plural(rows.length, "cut")) + " of the trunk",
    p.dim(head),
    ...rows.map((r) =>
      [
        String(r.depth).padStart(5),
        r.boundary ? p.dim("▸") : " ",
        padTo(`${" ".repeat(Math.min(4, r.nesting))}${visible(r.value)}`, name - 1),
        padTo(r.op === null ? "" : visible(r.op), 12),
        padTo(magnitude(r.lnGradient, "text"), 8, "right"),
        padTo(magnitude(r.lnActivation, "text"), 7, "right"),
        padTo(magnitude(r.lnScaleFree, "text"), 7, "right"),
      ].join(" "),
    ),
  ];
}

/** Every parameter, in the order of the file. */
function parameterTable(rows: readonly ParameterRow[], width: number, p: Paint): string[] {
  const name = Math.max(12, width - 43);
  const ratio = (r: ParameterRow): number | null => (r.lnGradient === null || r.lnWeight === null ? null : r.lnGradient - r.lnWeight);
  return [
    p.bold(plural(rows.length, "parameter")),
    p.dim(`${padTo("name", name)} ${padTo("shape", 15)} ${"‖∂loss‖".padStart(8)} ${"/ ‖w‖".padStart(8)} ${"lost f16".padStart(8)}`),
    ...rows.map((r) =>
      [
        padTo(visible(r.name), name),
        padTo(formatShape(r.shape), 15),
        padTo(magnitude(r.lnGradient, "text"), 8, "right"),
        padTo(magnitude(ratio(r), "text"), 8, "right"),
        padTo(percent(r.lostFloat16), 8, "right"),
      ].join(" "),
    ),
  ];
}
