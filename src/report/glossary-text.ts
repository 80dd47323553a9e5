import { GLOSSARY } from "./glossary.js";
import type { Term } from "./glossary.js";

const row = (t: Term): string =>
  `| <a id="${t.id}"></a>**${t.term}** | ${t.symbol ?? ""} | ${t.meaning}${t.source === undefined ? "" : ` (${t.source})`} |`;

/** Writes the glossary as Markdown: a table for each group, an anchor for each term. */
export function glossaryMarkdown(): string {
  const groups = GLOSSARY.map((g) => [`## ${g.title}`, "", "| term | symbol | meaning |", "|---|---|---|", ...g.terms.map(row), ""].join("\n"));
  return [
    "# Terms",
    "",
    "These are the words that isograd uses, each in one meaning. Logarithms are natural, and sizes are printed as factors: ×100 is a hundredfold growth.",
    "The same list stands at the end of every page that isograd writes. It is made by `node tools/terms.mjs` from `src/report/glossary.ts`.",
    "",
    ...groups,
  ].join("\n");
}
