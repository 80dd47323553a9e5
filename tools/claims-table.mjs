// Writes docs/claims.md, which has the verdict of every claim, and the answer and the table of README.md, from the record of a run:
// npx isograd claims --full --json F && node tools/claims-table.mjs F
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("which record? npx isograd claims --full --json F && node tools/claims-table.mjs F");
const { size, level, panel, claims, answer } = JSON.parse(readFileSync(file, "utf8"));

const trials = claims.reduce((n, c) => n + c.evidence.trials, 0);
const cell = (text) => text.replaceAll("|", "\\|");
const count = (verdict) => claims.filter((c) => c.verdict === verdict).length;
const verdicts = ["SUPPORTED", "REFUTED", "CONDITIONAL", "UNDECIDED", "PENDING"].filter((v) => count(v) > 0);

const text = `# What the thread claims, and what was measured

People say many things about skip connections and gradients. This page lists what was said in one online discussion (the thread), the experiment that tests each
sentence, the rule that decides, and the verdict. Words such as *claim*, *arm* and *norm* are explained in [terms.md](terms.md).

The page is written by \`node tools/claims-table.mjs\` from the record of \`isograd claims --${size.name}\`: depths ${size.depths.join(", ")}, width ${size.width}, ${size.seeds} seeds
at the greatest depth and up to four times as many at the others, ${trials} trials in all arms together. Every interval has the level ${(100 * level).toFixed(2)} %, so that
all ${panel} verdicts hold at once with 95 %. [ADR 10](adr/0010-claims.md) explains how the rules decide, and [claims-calibration.md](claims-calibration.md) how often
they are wrong. The verdicts are ${verdicts.map((v) => `${v} (${count(v)})`).join(", ")}.

**The answer.** ${answer}

${claims
  .map(
    ({ id, sentence, from, verdict, evidence }) => `## ${id}: ${verdict}

“${sentence}” (${from})

${evidence.summary}

${[
  ["Experiment", evidence.experiment],
  ["Rule", evidence.rule],
  ["Assumes", evidence.assumptions.join("; ") || null],
  ["Not measured", evidence.missing],
  ["Source", evidence.source],
]
  .filter(([, v]) => v !== null && v !== undefined)
  .map(([k, v]) => `- ${k}: ${cell(v)}`)
  .join("\n")}
`,
  )
  .join("\n")}`;
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
writeFileSync(at("../docs/claims.md"), text);

const rows = claims.map(({ id, sentence, verdict }) => `| [${cell(sentence)}](docs/claims.md#${id}-${verdict.toLowerCase()}) | ${verdict} |`);
const between = (text, name, content) => {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  if (!text.includes(begin) || !text.includes(end)) throw new Error(`README.md lacks the marks ${begin} … ${end}`);
  return `${text.split(begin)[0]}${begin}\n\n${content}\n\n${end}${text.split(end)[1]}`;
};
let readme = readFileSync(at("../README.md"), "utf8");
readme = between(readme, "answer", `> ${answer}`);
readme = between(readme, "claims", `| said | found |\n|---|---|\n${rows.join("\n")}`);
writeFileSync(at("../README.md"), readme);
