import type { CheckRecord, ParameterRow, TrunkRow } from "../study/check-record.js";
import { formatShape, magnitude, plural, percent } from "../util/format.js";
import { paint } from "./paint.js";
import type { Paint } from "./paint.js";
import { curveOf, fittedLine, hasPoints } from "./curves.js";
import { card, heading, headline, settingLines, widest, widthOf } from "./text-parts.js";
import type { TerminalOptions } from "./text-parts.js";
import { unmatchedWords } from "./accepted-words.js";
import { chart, ends, frameOf, keyLines, strip } from "./text-chart.js";
import { padTo, visible, wrap } from "./visible.js";
import { keyNumbers, relativeGradient, sortedFindings } from "./headline.js";

/** A check-up as text for a terminal: the verdict, the curves over depth, the key numbers, the findings. */
export function checkText(record: CheckRecord, options: TerminalOptions = {}): string {
  const width = widthOf(options);
  const p = paint(options.colour ?? false);
  const lines = [
    ...headline(record, width, p),
    "",
    ...charts(record, width, p),
    ...numberLines(record, width, p),
    "",
    ...findingLines(record, width, p),
    ...settingLines(record, "chosen", width, p),
  ];
  if (options.table) lines.push("", ...trunkTable(record.trunk, width, p), "", ...parameterTable(record.parameters, width, p));
  return `${lines.join("\n")}\n`;
}

/** The curves of gradient and activation over the depth, with the blocks below. */
function charts(record: CheckRecord, width: number, p: Paint): string[] {
  if (record.trunk.length === 0) return [];
  const frame = frameOf(record.trunk, width);
  const about = record.trunk.some((r) => r.low !== null) ? "; dots: 95 % interval" : fittedLine(record) ? "; dots: the law fitted" : "";
  const lines = [...heading("‖∂loss/∂x‖", `${ends(record)}${about}`, width, p), ...chart(record, "gradient", 9, frame, p)];
  if (hasPoints(curveOf(record.trunk, "activation"))) {
    lines.push(...heading("rms x", `activation: ${ends(record, "lnActivation")}`, width, p), ...chart(record, "activation", 4, frame, p));
  }
  lines.push(...strip(record, frame, p));
  return [...lines, ...keyLines(record, width, p), ""];
}

/** On a terminal of fewer columns tables have their first columns only, and notes stand below what they explain. */
const NARROW = 64;

/** The key numbers, one below the other. */
function numberLines(record: CheckRecord, width: number, p: Paint): string[] {
  const all = keyNumbers(record);
  if (width < NARROW)
    return all.flatMap((f) => [
      ...wrap(`${f.label}  ${f.value}`, width).map((l, i) => (i === 0 ? p.bold(l) : l)),
      ...wrap(f.note, width - 2).map((l) => p.dim(`  ${l}`)),
    ]);
  const label = widest(all.map((f) => f.label)) + 2;
  const value = Math.min(widest(all.map((f) => f.value)) + 2, width - label - 20);
  return all.flatMap((f) =>
    wrap(f.note, width - label - value).map((note, i) =>
      (i > 0 ? " ".repeat(label + value) : p.dim(padTo(f.label, label)) + p.bold(padTo(f.value, value))).concat(p.dim(note)).trimEnd(),
    ),
  );
}

/** The findings, the worst first. */
function findingLines(record: CheckRecord, width: number, p: Paint): string[] {
  const unmatched = unmatchedWords(record).flatMap((line) => ["", ...wrap(line, width).map(p.yellow)]);
  if (record.findings.length === 0) return [p.green("✓ nothing found"), ...unmatched];
  return [...sortedFindings(record.findings).flatMap((f, i) => [...(i > 0 ? [""] : []), ...card(f, width, p)]), ...unmatched];
}

/** The lines of the program behind a row, where the file tells them. */
const sourceOf = ({ source }: TrunkRow | ParameterRow): string => (source === undefined ? "" : ` (${visible(source)})`);

/** Every cut of the trunk. */
function trunkTable(rows: readonly TrunkRow[], width: number, p: Paint): string[] {
  if (width < NARROW) {
    const room = width - 25;
    return [
      p.bold(plural(rows.length, "cut")) + " of the trunk",
      p.dim(`${"depth".padStart(5)}  ${padTo("value", room)} ${"‖∂loss‖".padStart(8)} ${"rms x".padStart(8)}`),
      ...rows.map(
        (r) =>
          `${String(r.depth).padStart(5)} ${r.boundary ? p.dim("▸") : " "}${padTo(visible(r.value), room)} ${padTo(magnitude(r.lnGradient), 8, "right")} ${padTo(magnitude(r.lnActivation), 8, "right")}`,
      ),
    ];
  }
  const name = width - 45;
  const head = `${"depth".padStart(5)}  ${padTo("value", name)} ${padTo("op", 12)} ${"‖∂loss‖".padStart(8)} ${"rms x".padStart(7)} ${"GSC".padStart(7)}`;
  return [
    p.bold(plural(rows.length, "cut")) + " of the trunk",
    p.dim(head),
    ...rows.map((r) =>
      [
        String(r.depth).padStart(5),
        r.boundary ? p.dim("▸") : " ",
        padTo(`${" ".repeat(Math.min(4, r.nesting))}${visible(r.value)}${sourceOf(r)}`, name - 1),
        padTo(r.op === null ? "" : visible(r.op), 12),
        padTo(magnitude(r.lnGradient), 8, "right"),
        padTo(magnitude(r.lnActivation), 7, "right"),
        padTo(magnitude(r.lnScaleFree), 7, "right"),
      ].join(" "),
    ),
  ];
}

/** Every parameter, in the order of the file. */
function parameterTable(rows: readonly ParameterRow[], width: number, p: Paint): string[] {
  if (width < NARROW) {
    const room = width - 18;
    return [
      p.bold(plural(rows.length, "parameter")),
      p.dim(`${padTo("name", room)} ${"‖∂loss‖".padStart(8)} ${"/ ‖w‖".padStart(8)}`),
      ...rows.map(
        (r) => `${padTo(visible(r.name), room)} ${padTo(magnitude(r.lnGradient), 8, "right")} ${padTo(magnitude(relativeGradient(r)), 8, "right")}`,
      ),
    ];
  }
  const name = width - 43;
  return [
    p.bold(plural(rows.length, "parameter")),
    p.dim(`${padTo("name", name)} ${padTo("shape", 15)} ${"‖∂loss‖".padStart(8)} ${"/ ‖w‖".padStart(8)} ${"lost f16".padStart(8)}`),
    ...rows.map((r) =>
      [
        padTo(`${visible(r.name)}${sourceOf(r)}`, name),
        padTo(formatShape(r.shape), 15),
        padTo(magnitude(r.lnGradient), 8, "right"),
        padTo(magnitude(relativeGradient(r)), 8, "right"),
        padTo(percent(r.lostFloat16), 8, "right"),
      ].join(" "),
    ),
  ];
}
