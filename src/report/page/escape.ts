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

/** A sentence that may quote names, as HTML. */
export function proseHtml(text: string): string {
  return escape(prose(text));
}
