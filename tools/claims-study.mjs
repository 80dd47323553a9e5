// How often the rules of claims are wrong, and how often they find what is there, on trial results drawn around known truths:
//   node tools/claims-study.mjs [--rounds 2000] [--only ID,…] [--size quick,full] [--out docs/claims-calibration.md]
// The truths are listed in test/claims/all-truths.ts; test/claims/synthetic.ts draws profiles, the files of truths draw what else is measured. Prints the table of docs/claims-calibration.md, or writes it.
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

Made by \`node tools/claims-study.mjs --rounds ${rounds}\`: the trials of every claim are replaced by numbers drawn around a known truth, and its rule is run on
them, ${rounds} times for each truth, with the intervals of the whole panel (${comparisons} claims, level 1 − .05/${comparisons}).

- *The truth*: as the panel finds it, the contrary, and exactly at each threshold of the rule: there nothing is to be found, and every decided verdict that the
  truth does not bear is false. UNDECIDED is never false.
- *False*: how often such a verdict fell. It must not exceed 5 %.
- *Power*: how often the true verdict fell; the rest is UNDECIDED.
- *Drawn*, profiles: normal logarithms, one for each seed, with the spread that trials of 32 examples have (half of √(5L/n), Hanin's for one example and a plain ReLU
  network; activations .8 of it), growing with depth as sums over layers do; arms that share their seeds correlate by .6, depths of a seed share their layers.
- *Drawn*, other measurements: around the truth with the spread and the correlations that eight to twelve seeds of the real arms had; what is exact (bits that are copied,
  chains of scalars) has rounding alone, and truths that are one bit or one rounding apart.
- Quick: ${QUICK.seeds} seeds at the greatest depth (up to four times as many at smaller ones), depths ${QUICK.depths.join(", ")}, width ${QUICK.width}; full: ${FULL.seeds}, ${FULL.depths.join(", ")}, ${FULL.width};
  where a claim has sizes of its own, those.

The largest false-verdict rate is ${(100 * worst).toFixed(2)} %.${without.length > 0 ? ` Not in the table, as they have no truths yet: ${without.join(", ")}.` : ""}

${table}
`;
if (given.out === undefined) console.log(text);
else writeFileSync(given.out, text);
