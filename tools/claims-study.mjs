// Measures how often the rules of claims are wrong, and how often they find what is there, on trial results drawn around known truths:
//   node tools/claims-study.mjs [--rounds 2000] [--only ID,…] [--size quick,full] [--out docs/claims-calibration.md]
// test/claims/all-truths.ts lists the truths. test/claims/synthetic.ts draws profiles; the files of truths draw other measurements. Prints docs/claims-calibration.md, or
// writes it with --out.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { register } from "tsx/esm/api";

register();
const { CLAIMS } = await import("../src/claims/index.ts");
const { isPending } = await import("../src/claims/claim.ts");
const { FULL, QUICK } = await import("../src/claims/shared/budgets.ts");
const { keptLaws, verdicts } = await import("../test/claims/synthetic.ts");
const { ALL_TRUTHS: TRUTHS } = await import("../test/claims/all-truths.ts");

const { values: given } = parseArgs({
  options: {
    rounds: { type: "string", default: "2000" },
    only: { type: "string" },
    size: { type: "string", default: "quick,full" },
    out: { type: "string" },
  },
});
const rounds = Number(given.rounds);
const sizes = [QUICK, FULL].filter((s) => given.size.split(",").includes(s.name));
const only = given.only?.split(",");
const laws = keptLaws();
const comparisons = CLAIMS.length;
const built = CLAIMS.filter((c) => !isPending(c) && (only === undefined || only.includes(c.id)));

const percent = (n) => (n === 0 ? "0" : (100 * n) / rounds < 10 ? ((100 * n) / rounds).toFixed(2) : ((100 * n) / rounds).toFixed(1));
const rows = [];
let worst = 0;
for (const claim of built) {
  for (const truth of TRUTHS[claim.id]?.(claim) ?? []) {
    const cells = sizes.map((size) => {
      const counts = verdicts(claim, truth.world(size), { size, rounds, comparisons, laws });
      const wrong = Object.entries(counts).filter(([v]) => v !== "UNDECIDED" && !truth.right.includes(v));
      const wrongly = wrong.reduce((n, [, k]) => n + k, 0);
      worst = Math.max(worst, wrongly / rounds);
      return [percent(wrongly), truth.wanted === undefined ? "–" : percent(counts[truth.wanted] ?? 0)];
    });
    const row = `| ${claim.id} | ${truth.name} | ${truth.right.join(", ") || "none"} | ${cells.flat().join(" | ")} |`;
    rows.push(row);
    process.stderr.write(`${row}\n`);
  }
}
const heads = sizes.flatMap((s) => [`false, ${s.name}, %`, `power, ${s.name}, %`]);
const table = [`| claim | the truth | true verdicts | ${heads.join(" | ")} |`, `|---|---|---|${heads.map(() => "---|").join("")}`, ...rows].join(
  "\n",
);
const without = CLAIMS.filter((c) => !isPending(c) && TRUTHS[c.id] === undefined).map((c) => c.id);
const text = `# How often the rules are wrong

A claim's rule decides from measurements, and measurements are random. This page shows how often each rule gives a wrong verdict. It was made by
\`node tools/claims-study.mjs --rounds ${rounds}\`: the trials of every claim are replaced by numbers drawn around a known truth, and its rule decides on them,
${rounds} times for each truth. The intervals are those of a full run (${comparisons} claims are judged together, so each has the level 1 − .05/${comparisons}).

- *The truth* is what was measured, the contrary, or a value exactly at a threshold of the rule. At a threshold there is nothing to find, and every decided verdict that
  is not true there is false. UNDECIDED is never false.
- *False* is how often a false verdict was given. It must not exceed 5 %.
- *Power* is how often the true verdict was given. In the other rounds the verdict is UNDECIDED.
- *How profiles are drawn*: each seed gives a normally distributed logarithm. Its spread is that of trials with 32 examples: half of √(5L/n), which is Hanin's for one example
  and a plain ReLU network; for activations .8 of it. It grows with depth like a sum over layers. Arms with the same seeds correlate by .6, and the depths of a seed
  share their layers.
- *How other measurements are drawn*: around the truth, with the spread and the correlations that eight to twelve seeds of the real arms had. Exact quantities (bits that
  are copied, chains of scalars) have rounding errors only, and their truths differ by one bit or one rounding.
- *Quick* has ${QUICK.seeds} seeds at the greatest depth (up to four times as many at smaller ones), depths ${QUICK.depths.join(", ")} and width ${QUICK.width}. *Full* has ${FULL.seeds} seeds, depths ${FULL.depths.join(", ")}
  and width ${FULL.width}. Some claims have sizes of their own.

The largest rate of false verdicts is ${(100 * worst).toFixed(2)} %.${without.length > 0 ? ` These claims have no truths yet and are not in the table: ${without.join(", ")}.` : ""}

${table}
`;
if (given.out === undefined) console.log(text);
else writeFileSync(given.out, text);
