// Measures how often the verdict is right, on simulated networks with fixed seeds:
//   node tools/verdict-study.mjs [--seeds 100] [--coverage 1000] [--only TEXT] [--part decisions|coverage|scatter|single]
// Prints the tables of docs/adr/0008-verdict.md: decisions and laws for each network (twice the seeds for plain He nets of 50 layers, a tenth for
// the slow ones with norms over the batch), the fitted law beside the law that the network has, the coverage of the intervals, how the
// spread scatters between batches of N (scatter), and what becomes of files with one example and of short networks (single).
import { parseArgs } from "node:util";
import { register } from "tsx/esm/api";

register();
const { judge } = await import("../src/verdict/judge.ts");
const { largest, spreads } = await import("../src/verdict/spread.ts");
const { growthOf } = await import("../src/verdict/growth.ts");
const { quantile } = await import("../src/math/statistics.ts");
const { studentQuantile } = await import("../src/math/special-functions.ts");
const { erf } = await import("../src/math/erf.ts");
const { NETWORKS, numbers, profileOf, sigmoid, tanh, withoutFirst } = await import("../test/verdict/networks.ts");

const text = (value) => ({ type: "string", default: value });
const { values: given } = parseArgs({ options: { seeds: text("100"), coverage: text("1000"), only: text(""), part: text("") } });
const seeds = Number(given.seeds);
const rounds = Number(given.coverage);
const BN = { examples: 32, batches: 8 };
const restarts = () => true;

// Name, what the verdict should be, the network, how it is measured, and the law that its increments have: constant (exponential), falling with
// depth (sub-exponential), or none (a rate of 1, or two rates).
const NETS = [
  ["He plain, L=50", "healthy", "none", (d) => NETWORKS.plain(d, 50)],
  ["He plain, L=100", "healthy", "none", (d) => NETWORKS.plain(d, 100)],
  ["He plain, L=50, n=30", "healthy", "none", (d) => NETWORKS.plain(d, 50), { width: 30 }],
  ["ReLU σ²=2.5, L=50 (expected ×140)", "exploding", "exponential", (d) => NETWORKS.plain(d, 50, 2.5), { examples: 64 }],
  ["ReLU σ²=3, L=50", "exploding", "exponential", (d) => NETWORKS.plain(d, 50, 3)],
  ["ReLU σ²=1, L=50", "vanishing", "exponential", (d) => NETWORKS.plain(d, 50, 1)],
  ["tanh σ²=4, L=80", "exploding", "exponential", (d) => NETWORKS.plain(d, 80, 4, tanh)],
  ["tanh σ²=0.8, L=50", "vanishing", "exponential", (d) => NETWORKS.plain(d, 50, 0.8, tanh)],
  ["tanh σ²=0.9, L=100", "vanishing", "exponential", (d) => NETWORKS.plain(d, 100, 0.9, tanh)],
  ["tanh σ²=1, L=50 (edge)", "healthy", "sub-exponential", (d) => NETWORKS.plain(d, 50, 1, tanh)],
  ["sigmoid, L=12", "vanishing", "exponential", (d) => NETWORKS.plain(d, 12, 1, sigmoid)],
  ["bare skip, L=16", "exploding", "exponential", (d) => NETWORKS.bareSkip(d, 16), { examples: 64 }],
  ["bare skip, L=20", "exploding", "exponential", (d) => NETWORKS.bareSkip(d, 20)],
  ["skip/√L, L=50", "healthy", "exponential", (d) => NETWORKS.bareSkip(d, 50, 1 / Math.sqrt(50))],
  ["Highway b=−2, L=100", "vanishing", "exponential", (d) => NETWORKS.highway(d, 100)],
  ["pre-LN, L=100", "healthy", "sub-exponential", (d) => NETWORKS.preLayerNorm(d, 100)],
  ["residual tanh, L=100", "healthy", "sub-exponential", (d) => NETWORKS.residualTanh(d, 100)],
  ["V: 15 × 0.45, 15 × 2.25", "mixed", "none", (d) => [...NETWORKS.plain(d, 15, 0.9), ...NETWORKS.plain(d, 15, 4.5)]],
  ["BN plain, L=40", "exploding", "exponential", (d) => NETWORKS.batchNormPlain(d, 40), { ...BN, restarts, few: true }],
  ["BN plain, L=13", "healthy", "exponential", (d) => NETWORKS.batchNormPlain(d, 13), { ...BN, restarts, few: true }],
  ["pre-activation ×1, L=50", "healthy", "sub-exponential", (d) => NETWORKS.preAct(d, 50), { ...BN, few: true }],
  ["pre-activation ×2, L=100", "healthy", "sub-exponential", (d) => NETWORKS.preActTwo(d, 100), { ...BN, few: true }],
  ["ReLU(x+BN(..)) ×1, L=100", "healthy", "sub-exponential", (d) => NETWORKS.residualOne(d, 100), { ...BN, few: true }],
  ["ReLU(x+BN(..)) ×2, L=80", "healthy", "sub-exponential", (d) => NETWORKS.residualTwo(d, 80), { ...BN, few: true }],
  ["BN on the trunk, L=80", "exploding", "exponential", (d) => NETWORKS.normOnTrunk(d, 80), { ...BN, restarts, few: true }],
];

if (given.part === "scatter" || given.part === "single") {
  const { scatter, single } = await import("./verdict-scatter.mjs");
  await (given.part === "scatter" ? scatter(seeds) : single(seeds));
  process.exit(0);
}

const heNets = [];
const confusion = {};
if (given.part !== "coverage") {
  console.log(
    "| network | seeds | wanted | healthy | vanishing | exploding | mixed | undecided | units | exp. | sub-exp. | undet. | projected | spread |",
  );
  console.log("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
  for (const [name, wanted, own, make, { width = 100, few = false, ...options } = {}] of NETS) {
    if (!name.includes(given.only)) continue;
    const runs = few ? Math.max(3, Math.round(seeds / 10)) : name === "He plain, L=50" ? 2 * seeds : seeds;
    const verdicts = [];
    for (let seed = 0; seed < runs; seed++) {
      const d = { width, normal: numbers(seed).normal };
      const data = withoutFirst(profileOf(make(d), d, { examples: 8, ...options }));
      if (name === "He plain, L=50") heNets.push(data);
      verdicts.push(judge(data));
    }
    const count = (test) => verdicts.filter(test).length;
    const decisions = ["healthy", "vanishing", "exploding", "mixed", "undecided"].map((k) => count((v) => v.decision === k));
    const laws = ["exponential", "sub-exponential", "undetermined"].map((k) => count((v) => v.law === k));
    const row = (confusion[own] ??= [0, 0, 0]);
    laws.forEach((n, i) => (row[i] += n / runs));
    const sorted = verdicts.map((v) => Math.max(v.rise.value, v.fall.value)).sort((a, b) => a - b);
    const [projected, spread] = [count((v) => v.projection !== null), `×${Math.exp(quantile(sorted, 0.5)).toPrecision(3)}`];
    console.log(`| ${[name, runs, wanted, ...decisions, count((v) => v.cause === "units"), ...laws, projected, spread].join(" | ")} |`);
  }
  console.log("\n| law of the network | fitted exponential | sub-exponential | undetermined |\n|---|---|---|---|");
  for (const [own, row] of Object.entries(confusion)) {
    const total = row.reduce((a, b) => a + b, 0);
    console.log(`| ${[own, ...row.map((n) => `${((100 * n) / total).toFixed(0)} %`)].join(" | ")} |`);
  }
}

if (heNets.length > 0) {
  const truth = heNets.reduce((sum, d) => sum + Math.log(growthOf(d.gradient, undefined, "undetermined").perBlock), 0) / heNets.length;
  const covered = heNets.filter((d) => {
    const g = growthOf(d.gradient, d.over, "exponential");
    return Math.log(g.low) <= truth && truth <= Math.log(g.high);
  }).length;
  console.log(`\nrate over "blocks", He plain, L=50: covers the mean over seeds (${truth.toFixed(4)}) in ${covered} of ${heNets.length} nets`);
}
if (given.part === "decisions") process.exit(0);

// Coverage of 95 % intervals of the largest rise: rows = a fixed profile + a random walk of their own, normal or skewed.
const PROFILES = {
  "drift 0.12 a block": Array.from({ length: 41 }, (_, l) => -0.12 * l),
  "a random walk": (() => {
    const { normal } = numbers(99);
    let p = 0;
    return Array.from({ length: 41 }, () => (p += 0.15 * normal()));
  })(),
};
const normalCdf = (x) => (1 + erf(x / Math.SQRT2)) / 2;
const normalQuantile = (p) => studentQuantile(Math.min(1 - 1e-9, Math.max(1e-9, p)), 1e6);

/** Percentile and BCa intervals, for comparison. */
function others(rows, seed) {
  const { uniform } = numbers(seed);
  const profile = (pick) => rows[0].map((_, l) => pick.reduce((sum, r) => sum + rows[r][l], 0) / pick.length);
  const every = rows.map((_, r) => r);
  const value = largest(profile(every), 1).value;
  const stars = Array.from({ length: 999 }, () => largest(profile(every.map(() => Math.floor(uniform() * rows.length))), 1).value).sort(
    (a, b) => a - b,
  );
  const left = every.map((out) => largest(profile(every.filter((r) => r !== out)), 1).value);
  const center = left.reduce((a, b) => a + b, 0) / left.length;
  const [squares, cubes] = [2, 3].map((k) => left.reduce((sum, v) => sum + (center - v) ** k, 0));
  const a = cubes / (6 * squares ** 1.5) || 0;
  const z0 = normalQuantile((stars.filter((s) => s < value).length + 0.5) / (stars.length + 1));
  const at = (z) => quantile(stars, normalCdf(z0 + (z0 + z) / (1 - a * (z0 + z))));
  return { percentile: [quantile(stars, 0.025), quantile(stars, 0.975)], BCa: [at(-1.96), at(1.96)] };
}

console.log("\n| profile | noise of a row | rows | percentile | BCa | Student at the maximum | verdict's |");
console.log("|---|---|---|---|---|---|---|");
for (const [name, p] of Object.entries(PROFILES)) {
  const wanted = largest(p, 1).value;
  for (const noise of ["normal", "skewed"]) {
    for (const count of [4, 8, 16, 64]) {
      const hits = { percentile: 0, BCa: 0, student: 0, verdict: 0 };
      for (let round = 0; round < rounds; round++) {
        const { normal } = numbers(round * 1009 + count);
        const step = noise === "normal" ? () => 0.1 * normal() : () => 0.06 * (normal() ** 2 - 1);
        const rows = Array.from({ length: count }, () => {
          let walk = 0;
          return p.map((v) => v + (walk += step()));
        });
        const hit = (low, high) => (low <= wanted && wanted <= high ? 1 : 0);
        const o = others(rows, round);
        hits.percentile += hit(...o.percentile);
        hits.BCa += hit(...o.BCa);
        const mean = p.map((_, l) => rows.reduce((sum, row) => sum + row[l], 0) / count);
        const { value, from, to } = largest(mean, 1);
        const differences = rows.map((row) => row[from] - row[to]);
        const half = studentQuantile(0.975, count - 1) * Math.sqrt(differences.reduce((sum, d) => sum + (d - value) ** 2, 0) / (count - 1) / count);
        hits.student += hit(value - half, value + half);
        const { rise } = spreads(rows, true, round);
        hits.verdict += hit(rise.low, rise.high);
      }
      const percent = Object.values(hits).map((h) => `${((100 * h) / rounds).toFixed(1)} %`);
      console.log(`| ${[name, noise, count, ...percent].join(" | ")} |`);
    }
  }
}
