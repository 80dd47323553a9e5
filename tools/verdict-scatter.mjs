// The parts `scatter` and `single` of tools/verdict-study.mjs: how ln of a network's spread scatters between batches of N, and what becomes of verdicts that rest
// on one example.
const { isUncertain, judge } = await import("../src/verdict/judge.ts");
const { largest } = await import("../src/verdict/spread.ts");
const { quantile, variance } = await import("../src/math/statistics.ts");
const { NETWORKS, chain, numbers, profileOf, relu, sigmoid, tanh, withoutFirst } = await import("../test/verdict/networks.ts");

const SIZES = [1, 2, 4, 8, 16, 32];
/** Examples for each network, of which batches of N are made: 256/N of them. */
const POOL = 256;
/** Batches of each size where a norm runs over them. */
const BATCHES = 16;

/** A 3×3 convolution with zero padding, `channels`·side² = width, and ReLU; W ~ N(0, g/(9·channels)). */
function convolution({ width, normal }, channels, g) {
  const side = Math.sqrt(width / channels);
  const w = Float64Array.from({ length: channels * channels * 9 }, () => normal() * Math.sqrt(g / (9 * channels)));
  const each = (visit) => {
    for (let o = 0; o < channels; o++)
      for (let i = 0; i < channels; i++)
        for (let k = 0; k < 9; k++) {
          const [dy, dx, weight] = [Math.floor(k / 3) - 1, (k % 3) - 1, w[(o * channels + i) * 9 + k]];
          for (let y = Math.max(0, -dy); y < side - Math.max(0, dy); y++)
            for (let x = Math.max(0, -dx); x < side - Math.max(0, dx); x++)
              visit((o * side + y) * side + x, (i * side + y + dy) * side + x + dx, weight);
        }
  };
  return (x) => {
    const y = new Float64Array(x.length);
    for (let e = 0; e < x.length; e += width) each((to, from, weight) => (y[e + to] += weight * x[e + from]));
    const back = (g) => {
      const out = new Float64Array(g.length);
      for (let e = 0; e < g.length; e += width) each((to, from, weight) => (out[e + from] += weight * g[e + to]));
      return out;
    };
    return { y, back };
  };
}

const layers = (depth, make) => Array.from({ length: depth }, make);
const convolutions = (d, depth, g = 2) => layers(depth, () => chain(convolution(d, 8, g), relu));

// Name, depths, the network; `norm` where a norm runs over the batch.
const PLAIN = [
  ["plain ReLU, He", [5, 20, 50, 100], (d, l) => NETWORKS.plain(d, l)],
  ["plain ReLU, He, width 30", [20, 50], (d, l) => NETWORKS.plain(d, l), { width: 30 }],
  ["plain ReLU, PyTorch's default", [5, 20], (d, l) => NETWORKS.plain(d, l, 1 / 3, relu, 1 / 300)],
  ["plain tanh, σ_w²=1", [5, 20, 50, 100], (d, l) => NETWORKS.plain(d, l, 1, tanh)],
  ["plain tanh, σ_w²=4", [20, 50], (d, l) => NETWORKS.plain(d, l, 4, tanh)],
  ["plain sigmoid", [3, 8], (d, l) => NETWORKS.plain(d, l, 1, sigmoid)],
  ["convolutions 3×3, 8 channels of 6×6, He", [5, 20, 50], convolutions, { width: 288 }],
  ["bare skip", [8, 20], (d, l) => NETWORKS.bareSkip(d, l)],
  ["residual, layer norm", [10, 50, 100], (d, l) => NETWORKS.preLayerNorm(d, l)],
];
const NORMS = [
  ["plain, batch norm", [10, 40], (d, l) => NETWORKS.batchNormPlain(d, l)],
  ["residual, batch norm", [10, 50], (d, l) => NETWORKS.preAct(d, l)],
  ["ReLU(x + BN(…))", [10, 50], (d, l) => NETWORKS.residualOne(d, l)],
];

/** The profile of a batch: ln of the norm over the examples together. */
const together = (rows) => rows[0].map((_, l) => Math.log(rows.reduce((sum, row) => sum + Math.exp(2 * (row[l] - row.at(-1))), 0)) / 2);
const spreadsOf = (row) => [largest(row, 1).value, largest(row, -1).value];

/** Returns, for every size, the variance of ln of the rise and of the fall over batches of it. */
function variances(make, depth, seed, { width = 100 } = {}) {
  const d = { width, normal: numbers(seed).normal };
  const rows = withoutFirst(profileOf(make(d, depth + 1), d, { examples: POOL })).gradient.filter((row) => row.every(Number.isFinite));
  return SIZES.map((n) => {
    const batches = Array.from({ length: Math.min(64, Math.floor(rows.length / n)) }, (_, b) => spreadsOf(together(rows.slice(b * n, (b + 1) * n))));
    return [0, 1].map((k) => variance(batches.map((s) => s[k])));
  });
}

/** The same where a norm runs over the batch. */
function normVariances(make, depth, seed) {
  return SIZES.map((n) => {
    if (n < 4) return [NaN, NaN];
    const d = { width: 64, normal: numbers(seed).normal };
    const rows = withoutFirst(profileOf(make(d, depth + 1), d, { examples: n, batches: BATCHES })).gradient.filter((row) =>
      row.every(Number.isFinite),
    );
    return [0, 1].map((k) => (rows.length < 2 ? NaN : variance(rows.map((row) => spreadsOf(row)[k]))));
  });
}

/** Prints the standard deviation of ln of the larger of rise and fall over batches of N: its mean over networks (in squares), and the largest of them at N = 1. */
export function scatter(seeds) {
  const nets = Math.max(3, Math.round(seeds / 10));
  console.log(`| network | blocks | ${SIZES.map((n) => `N=${n}`).join(" | ")} | most, √N·sd |`);
  console.log(`|---|---|${SIZES.map(() => "---").join("|")}|---|`);
  for (const [list, measure] of [
    [PLAIN, variances],
    [NORMS, normVariances],
  ]) {
    for (const [name, depths, make, options] of list) {
      for (const depth of depths) {
        const found = Array.from({ length: nets }, (_, seed) => measure(make, depth, seed, options));
        const worse = found.map((f) => f.map((pair) => Math.max(...pair)));
        const cells = SIZES.map((_, i) => Math.sqrt(worse.reduce((sum, f) => sum + f[i], 0) / nets));
        const most = Math.max(...worse.flatMap((f) => f.map((v, i) => (Number.isNaN(v) ? 0 : Math.sqrt(v * SIZES[i])))));
        console.log(`| ${[name, depth, ...cells.map((v) => (Number.isNaN(v) ? "" : v.toFixed(2))), most.toFixed(2)].join(" | ")} |`);
      }
    }
  }
}

/** Weight variances by which plain ReLU networks grow by so many times, in the mean, over `depth` blocks. */
const gainFor = (times, depth) => 2 * Math.exp((2 * Math.log(times)) / depth);

/**
 * Prints how the verdicts on one example agree, for networks of which the spread is known: each row is a kind of network, with the share of networks that are
 * healthy and ill by all of 64 examples; then the share of single examples whose point estimate says otherwise than the network's examples together; then the same with the known scatter
 * taken into account, where undecided is not counted as wrong.
 */
export function single(seeds) {
  const kinds = [
    ...[10, 25, 50, 100, 200, 400, 1000].map((times) => [`ReLU, 20 blocks, ×${times}`, (d) => NETWORKS.plain(d, 21, gainFor(times, 20))]),
    ["plain ReLU, He, 50 blocks", (d) => NETWORKS.plain(d, 51)],
    ["tanh σ_w²=1, 50 blocks", (d) => NETWORKS.plain(d, 51, 1, tanh)],
    ["residual, layer norm, 50 blocks", (d) => NETWORKS.preLayerNorm(d, 51)],
    ...[2, 3, 4, 5].map((l) => [`ReLU, He, ${l} blocks`, (d) => NETWORKS.plain(d, l + 1)]),
    ...[2, 3, 4, 5].map((l) => [`PyTorch's default, ${l} blocks`, (d) => NETWORKS.plain(d, l + 1, 1 / 3, relu, 1 / 300)]),
    ...[2, 3, 4, 5].map((l) => [`sigmoid, ${l} blocks`, (d) => NETWORKS.plain(d, l + 1, 1, sigmoid)]),
  ];
  console.log(
    "| network | spread | by 64 examples: healthy / ill / undecided | one example, point: other than the network's | two examples differ | now: undecided | now: other |",
  );
  console.log("|---|---|---|---|---|---|---|");
  const ill = (v) => v.decision === "vanishing" || v.decision === "exploding" || v.decision === "mixed";
  const word = (v) => (ill(v) ? "ill" : v.decision);
  for (const [name, make] of kinds) {
    const whole = { healthy: 0, ill: 0, undecided: 0 };
    const values = [];
    let [wrong, differ, open, still, of] = [0, 0, 0, 0, 0];
    for (let seed = 0; seed < seeds; seed++) {
      const d = { width: 100, normal: numbers(seed).normal };
      const data = withoutFirst(profileOf(make(d), d, { examples: 64 }));
      const all = judge(data);
      whole[word(all)]++;
      values.push(Math.max(all.rise.value, all.fall.value));
      // The network's own answer: its mean over 64 examples, without an interval.
      const mean = data.gradient[0].map((_, l) => data.gradient.reduce((sum, row) => sum + row[l] - row.at(-1), 0) / data.gradient.length);
      const truth = word(judge({ ...data, gradient: [mean], activation: [], over: undefined }));
      const points = data.gradient.slice(0, 8).map((row) => judge({ ...data, gradient: [row], activation: [], over: undefined }));
      for (const v of points) {
        const uncertain = isUncertain(v, false, { examples: 1, values: undefined });
        of++;
        if (word(v) !== truth) wrong++;
        if (word(v) !== word(points[(points.indexOf(v) + 1) % points.length])) differ++;
        if (uncertain) open++;
        else if (word(v) !== truth) still++;
      }
    }
    const percent = (n, total) => `${((100 * n) / total).toFixed(1)} %`;
    const median = Math.exp(
      quantile(
        values.sort((a, b) => a - b),
        0.5,
      ),
    );
    console.log(
      `| ${[name, `×${median.toPrecision(2)}`, `${whole.healthy} / ${whole.ill} / ${whole.undecided}`, percent(wrong, of), percent(differ, of), percent(open, of), percent(still, of)].join(" | ")} |`,
    );
  }
}
