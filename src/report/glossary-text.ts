import { GLOSSARY } from "./glossary.js";
import type { Term } from "./glossary.js";

const section = (t: Term): string => {
  const symbol = t.symbol === undefined ? "" : `\`${t.symbol}\` `;
  const source = t.source === undefined ? "" : ` (${t.source})`;
  return `### ${t.term}\n\n${symbol}${t.meaning}${source}\n`;
};

/** Writes the glossary as Markdown: a section for each group, a heading for each term. */
export function glossaryMarkdown(): string {
  return [
    "# Terms\n",
    "These are the words that isograd uses, each in one meaning. Logarithms are natural, and sizes are printed as factors: ×100 is a hundredfold growth.",
    "The same list stands at the end of every page that isograd writes. It is made by `node tools/terms.mjs` from `src/report/glossary.ts`.\n",
    ...GLOSSARY.flatMap((g) => [`## ${g.title}\n`, ...g.terms.map(section)]),
  ].join("\n");
}
