import { change, decimals, exact, level as levelOf, ordinal, plural } from "../util/format.js";
import type { Style } from "../util/format.js";
import { paint } from "./paint.js";
import type { Paint } from "./paint.js";
import type { PhaseCell, PhaseRecord } from "../study/phase-record.js";
import { widthOf } from "./text-parts.js";
import type { TerminalOptions } from "./text-parts.js";
import { padTo, wrap } from "./visible.js";

const LABEL = 7;

/** What was found, in sentences. */
export function phaseSentences(record: PhaseRecord, style: Style = "text"): readonly string[] {
  const { cells, sides, held, deviation, line } = record;
  const n = cells.length;
  const verb = (k: number, one: string, many: string): string => `${k === 0 ? "none" : k} ${k === 1 ? one : many}`;
  const rest = sides.undecided > 0 ? `, ${verb(sides.undecided, "is", "are")} too near it to tell` : "";
  return [
    `Of ${plural(n, "point")} ${verb(sides.same, "stands", "stand")} on theory's side of χ₁ = 1, ${sides.other === 0 ? "none" : sides.other} on the other${rest}.`,
    `The recursion for this width and depth is contradicted at ${held.different === 0 ? "none" : held.different} of them: measured means lie ${decimals(deviation.mean, 3, style)} from it on average, ${decimals(deviation.largest, 3, style)} at most.`,
    ...(line.length === 0 ? ["Theory knows no critical line in this plane."] : []),
  ];
}

/** A phase diagram as text: the measured gain at every point, theory's critical line between them. */
export function phaseText(record: PhaseRecord, options: TerminalOptions = {}): string {
  const p = paint(options.colour ?? false);
  const columns = widthOf(options);
  const { sigmaW2, sigmaB2, activation, depth, width, seeds, level } = record;
  // As many columns as fit; the page and the record have all.
  const room = Math.floor((columns - LABEL - 3) / 7);
  const every = Math.ceil(sigmaW2.length / room);
  const shown = sigmaW2.map((_, i) => i).filter((i) => i % every === 0);
  const rows = sigmaB2.map((b, r) => rowText(record, b, r, shown, p)).reverse();
  const axis = `${" ".repeat(LABEL)} ${p.dim(`└${"─".repeat(7 * shown.length)}`)}`;
  const labels = shown.map((i) => padTo(exact(sigmaW2[i]!), 6, "right")).join(" ");
  const lines = [
    ...wrap(`Order to chaos: ${activation}`, columns).map(p.bold),
    ...wrap(
      `Measured: ln of the squared gradient's factor per layer, output to input; layers ${Math.floor(depth / 3) + 1} to ${depth - 1} of ${depth}, width ${width}, ${plural(seeds, "seed")}. + explodes, - vanishes.`,
      columns,
    ).map(p.dim),
    "",
    padTo("σ_b²", LABEL, "right"),
    ...rows,
    axis,
    `${padTo("σ_w²", LABEL, "right")}  ${labels}`,
    "",
    ...wrap(
      `┃ theory's critical line χ₁ = 1; ? the interval (${levelOf(level)}) holds 0${every > 1 ? `; every ${ordinal(every)} column is shown` : ""}.`,
      columns,
    ),
    ...phaseSentences(record).flatMap((s) => wrap(s, columns)),
    ...wrap(`Assumes: ${record.assumptions.join("; ")}. Source: ${record.source}.`, columns).map(p.dim),
  ];
  return `${lines.join("\n")}\n`;
}

function rowText(record: PhaseRecord, b: number, r: number, shown: readonly number[], p: Paint): string {
  const { sigmaW2, cells } = record;
  const crossings = crossingsAt(record, b);
  const parts = shown.map((i, k) => {
    const cell = cells[r * sigmaW2.length + i]!;
    const before = k === 0 ? -Infinity : sigmaW2[shown[k - 1]!]!;
    const bar = crossings.some((w) => w > before && w <= cell.sigmaW2) ? p.bold("┃") : k === 0 ? "" : " ";
    const text = padTo(change(cell.measured.value), 5, "right") + (cell.side === "undecided" ? "?" : " ");
    return (k === 0 ? " " : "") + bar + tinted(cell, text, p);
  });
  const last = sigmaW2[shown[shown.length - 1]!]!;
  const after = crossings.some((w) => w > last) ? p.bold("┃") : "";
  return `${padTo(exact(b), LABEL, "right")} ${p.dim("│")}${parts.join("")}${after}`.trimEnd();
}

const tinted = (cell: PhaseCell, text: string, p: Paint): string =>
  cell.side === "chaotic" ? p.red(text) : cell.side === "ordered" ? p.blue(text) : text;

/** Where the line crosses a row: its points nearest in σ_b². */
function crossingsAt({ line }: PhaseRecord, b: number): readonly number[] {
  const nearest = Math.min(...line.map((q) => Math.abs(q.sigmaB2 - b)));
  return line.filter((q) => Math.abs(q.sigmaB2 - b) <= nearest + 1e-12).map((q) => q.sigmaW2);
}
