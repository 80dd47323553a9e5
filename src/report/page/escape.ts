import { prose, visible } from "../visible.js";

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text as HTML, in content and in quoted attributes. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (c) => ENTITIES[c]!);
}

/** A name out of a file as HTML: isolated in its direction, every character visible. */
export function nameHtml(name: string): string {
  return `<bdi>${escape(visible(name))}</bdi>`;
}

/** A sentence that may quote names, as HTML; powers of ten as such: 10^-3 and 3.1e-5 with their exponents raised. */
export function proseHtml(text: string): string {
  return escape(prose(text))
    .replace(/(?<![\w.])10\^(-?\d+(?:\.\d+)?)(?![\w.]*\w)/g, (_, e: string) => `10<sup>${raised(e)}</sup>`)
    .replace(/(?<![\w.])(\d(?:\.\d+)?)e(-?\d+)(?![\w.]*\w)/g, (_, m: string, e: string) => `${m}×10<sup>${raised(e)}</sup>`);
}

const raised = (exponent: string): string => exponent.replace("-", "−");

const POWER = /\^(−?[-\w.]*\w|\([^()]*\))/g;
const INDEX = /(?<![\w])([A-Za-zα-ωΑ-Ω])_([A-Za-z0-9])(?![A-Za-z0-9])/g;

/** A hyphen before a number is a minus sign. */
const signed = (text: string): string => text.replace(/(?<=[=(\s])-(?=\d)/g, "−");

/** A sentence of our own with formulas: g^L and σ_w as printed mathematics. */
export function mathHtml(text: string): string {
  return proseHtml(signed(text))
    .replace(POWER, (_, e: string) => `<sup>${raised(e)}</sup>`)
    .replace(INDEX, "$1<sub>$2</sub>");
}

const SCRIPT = new RegExp(`${POWER.source}|${INDEX.source}`, "g");

/** The same inside a drawing. */
export function mathSvg(text: string): string {
  const line = visible(signed(text));
  const runs: { readonly text: string; readonly shift: number }[] = [];
  let from = 0;
  for (const m of line.matchAll(SCRIPT)) {
    const [power, letter, index] = [m[1], m[2], m[3]];
    runs.push({ text: line.slice(from, m.index) + (letter ?? ""), shift: 0 }, { text: raised(power ?? index!), shift: power === undefined ? 3 : -4 });
    from = m.index + m[0].length;
  }
  runs.push({ text: line.slice(from), shift: 0 });
  let shift = 0;
  return runs
    .filter((r) => r.text !== "")
    .map((r) => {
      const dy = r.shift - shift;
      shift = r.shift;
      const script = r.shift === 0 ? "" : ' class="script"';
      return dy === 0 ? escape(r.text) : `<tspan dy="${dy}"${script}>${escape(r.text)}</tspan>`;
    })
    .join("");
}
