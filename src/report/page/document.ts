import { html, joined, markupOf, raw } from "./html.js";
import type { Html } from "./html.js";
import { SCRIPT } from "./script.js";
import { STYLE } from "./style.js";
import { glossaryHtml } from "./terms.js";

/** The whole page around its sections, with the terms that they link to: one file that may load nothing and send nothing. */
export function documentHtml(title: string, sections: readonly (Html | undefined)[]): string {
  const head = html`
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
    <meta name="generator" content="isograd">
    <link rel="icon" href="data:,">
    <title>${title}</title>
    <style>${raw(STYLE)}</style>`;
  const content = joined(
    sections.filter((s) => s !== undefined),
    "\n",
  );
  const page = html`
    <!doctype html>${"\n"}
    <html lang="en">
      <head>${head}</head>${"\n"}
      <body>
        <main>${"\n"}
          ${content}${"\n"}
          ${glossaryHtml(content)}${"\n"}
          <footer>Made by isograd. This page is one file: it loads nothing and sends nothing.</footer>
        </main>
        <script>${raw(SCRIPT)}</script>
      </body>
    </html>${"\n"}`;
  return markupOf(page);
}
