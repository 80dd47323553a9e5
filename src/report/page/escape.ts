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
