import { TERMS, termOf } from "../glossary.js";
import type { TermId } from "../glossary.js";
import { attributes, html, markupOf } from "./html.js";
import type { Content, Html } from "./html.js";
import { mathHtml } from "./typography.js";

const anchorOf = (id: TermId): string => `term-${id}`;

const linkTo = (id: TermId): Html => attributes({ class: "term", href: `#${anchorOf(id)}`, title: termOf(id).meaning });

/** A label that links to its term at the end of the page, with the meaning as its description. */
export const termHtml = (id: TermId, label: Content): Html => html`<a${linkTo(id)}>${label}</a>`;

/** A label that has a term, or has none. */
export const labelHtml = (label: Content, id: TermId | undefined): Html => (id === undefined ? html`${label}` : termHtml(id, label));

/** The terms that some markup links to, folded, in the order of the glossary. Text is escaped, so that no name of a file looks like a link. */
export function glossaryHtml(content: Html): Html | undefined {
  const markup = markupOf(content);
  const used = TERMS.filter(({ id }) => markup.includes(markupOf(linkTo(id))));
  if (used.length === 0) return undefined;
  const rows = used.map(({ id, term, symbol, meaning, source }) => {
    const signed = symbol === undefined ? undefined : html`, ${mathHtml(symbol)}`;
    return html`<dt id="${anchorOf(id)}">${term}${signed}</dt><dd>${mathHtml(meaning)}${source !== undefined && ` (${source})`}</dd>`;
  });
  return html`<details class="big" id="terms"><summary><h2>Terms</h2> that this page uses</summary><dl class="settings">${rows}</dl></details>`;
}

/** The first paragraph of a page: what it shows, in plain words. */
export const aboutHtml = (text: string): Html => html`<p class="about">${text} Dotted words are explained <a href="#terms">at the end</a>.</p>`;
