import { prose, visible } from "../visible.js";
import { html, svg } from "./html.js";
import type { Html } from "./html.js";

// Names and formulas on a page. Formulas are written as text that can be searched and typed (10^-3, 3.1e-5, g^L, σ_w); a page prints these as
// mathematics. That is for texts of our own alone: in a name out of a file 3e5 is no number.

/** A name out of a file: isolated in its direction, every character visible. */
export const nameHtml = (name: string): Html => html`<bdi>${visible(name)}</bdi>`;

/** A stretch of a line, on it or raised or lowered. */
interface Run {
  readonly text: string;
  readonly shift: "up" | "down" | "none";
}

const TEN = /(?<![\w.])10\^(-?\d+(?:\.\d+)?)(?![\w.]*\w)/;
const SCIENTIFIC = /(?<![\w.])(\d(?:\.\d+)?)e(-?\d+)(?![\w.]*\w)/;
const POWER = /\^(−?[-\w.]*\w|\([^()]*\))/;
const INDEX = /(?<![\w])([A-Za-zα-ωΑ-Ω])_([A-Za-z0-9])(?![A-Za-z0-9])/;

type Rule = readonly [pattern: RegExp, runs: (m: RegExpExecArray) => readonly [before: string, script: string, shift: Run["shift"]]];

const FORMULAS: readonly Rule[] = [
  [TEN, (m) => ["10", m[1]!, "up"]],
  [SCIENTIFIC, (m) => [`${m[1]!}×10`, m[2]!, "up"]],
  [POWER, (m) => ["", m[1]!, "up"]],
  [INDEX, (m) => [m[1]!, m[2]!, "down"]],
];

/** The runs of a line: where several rules fit, the one that begins first. */
function runsOf(line: string): readonly Run[] {
  const runs: Run[] = [];
  const global = FORMULAS.map(([pattern, make]) => [new RegExp(pattern.source, "g"), make] as const);
  for (let from = 0; ;) {
    const found = global.flatMap(([pattern, make]) => {
      pattern.lastIndex = from;
      const m = pattern.exec(line);
      return m ? [{ m, make }] : [];
    });
    if (found.length === 0) return [...runs, { text: line.slice(from), shift: "none" }];
    const { m, make } = found.reduce((a, b) => (b.m.index < a.m.index ? b : a));
    const [before, script, shift] = make(m);
    runs.push({ text: line.slice(from, m.index) + before, shift: "none" }, { text: script.replace("-", "−"), shift });
    from = m.index + m[0].length;
  }
}

const runsHtml = (runs: readonly Run[]): Html =>
  html`${runs.map(({ text, shift }) => (shift === "up" ? html`<sup>${text}</sup>` : shift === "down" ? html`<sub>${text}</sub>` : text))}`;

/** A hyphen before a number is a minus sign. */
const signed = (text: string): string => text.replace(/(?<=[=(\s])-(?=\d)/g, "−");

/** A sentence of our own with formulas: g^L and σ_w as printed mathematics. */
export const mathHtml = (text: string): Html => runsHtml(runsOf(prose(signed(text))));

/** Pixels below the line. */
const SHIFTS: Readonly<Record<Run["shift"], number>> = { up: -4, down: 3, none: 0 };

/** The same inside a chart. */
export function mathSvg(text: string): Html {
  let height = 0;
  const runs = runsOf(visible(signed(text))).filter((r) => r.text !== "");
  return svg`${runs.map((r) => {
    const dy = SHIFTS[r.shift] - height;
    height = SHIFTS[r.shift];
    if (dy === 0) return r.text;
    return r.shift === "none" ? svg`<tspan dy="${dy}">${r.text}</tspan>` : svg`<tspan dy="${dy}" class="script">${r.text}</tspan>`;
  })}`;
}
