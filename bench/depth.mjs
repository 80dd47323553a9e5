// node bench/depth.mjs [--json FILE]
// What a trial costs over depth: residual networks of width 256 up to 1,000 layers, bare (float64: activations and gradients grow by 2^L) and scaled, and of width
// 64 up to 10,000. CPU seconds (user and system) of making a family ready and of each further seed, the most memory, and the growth measured beside the law.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { activation } = await import("../dist/theory/activation.js");
const { laws } = await import("../dist/theory/laws.js");
const { singleBranch } = await import("../dist/theory/laws/residual.js");

const { values: given } = parseArgs({ options: { json: { type: "string" }, one: { type: "string" } } });

const net = (width, depth, branchScale) => ({
  net: {
    arch: "residual-mlp",
    branch: "act-weight",
    skip: "identity",
    init: { scheme: "he", weightVariance: 2 },
    branchScale,
    width,
    depth,
    classes: null,
  },
  batch: { examples: 32 },
  measure: "profile",
});
/** Mean of ln of the squared gradient's growth by the law, and how far a network of this width may lie from it. */
function lawOf(width, depth, branchScale) {
  const { meanLn, band } = laws.residual({ branch: singleBranch(activation("relu")), branchScale, depth, width });
  return { law: meanLn, band };
}

const CASES = [
  ...[125, 250, 500, 1000].map((depth) => ({
    what: "bare, width 256, float64",
    depth,
    spec: { ...net(256, depth, 1), dtype: "float64" },
    ...lawOf(256, depth, 1),
  })),
  ...[125, 250, 500, 1000].map((depth) => ({
    what: "1/√L, width 256, float32",
    depth,
    spec: net(256, depth, "1/sqrt(L)"),
    ...lawOf(256, depth, depth ** -0.5),
  })),
  ...[1250, 2500, 5000, 10_000].map((depth) => ({
    what: "1/√L, width 64, float32",
    depth,
    spec: net(64, depth, "1/sqrt(L)"),
    ...lawOf(64, depth, depth ** -0.5),
  })),
];

/** One case in this process. */
async function measure({ spec }) {
  const { nodeRuntime } = await import("../dist/runtime/node.js");
  const { workbench } = await import("../dist/trial/workbench.js");
  const { parseTrial } = await import("../dist/trial/spec.js");
  const runtime = nodeRuntime({ threads: 1, inThread: true });
  const bench = workbench({ runtime, memoryLimit: Infinity });
  const cpu = [];
  const growths = [];
  for (const seed of [0, 1, 2]) {
    const before = process.cpuUsage();
    const { lnGradientByExample: g } = JSON.parse(await bench.measure(parseTrial({ ...spec, seed })));
    const { user, system } = process.cpuUsage(before);
    cpu.push((user + system) / 1e6);
    growths.push(2 * (g[0] - g[g.length - 1]));
  }
  await bench.close();
  await runtime.close();
  return {
    first: cpu[0],
    each: (cpu[1] + cpu[2]) / 2,
    growth: growths.reduce((a, b) => a + b) / growths.length,
    bytes: process.resourceUsage().maxRSS * 1024,
  };
}

if (given.one !== undefined) console.log(JSON.stringify(await measure(CASES[Number(given.one)])));
else {
  const before = loadavg()[0];
  console.log(
    "| network | layers | first, s | per layer, ms | each, s | per layer, ms | peak MB | growth, ln | law, ± band |\n|---|---|---|---|---|---|---|---|---|",
  );
  const rows = CASES.map((c, i) => {
    const m = JSON.parse(execFileSync(process.execPath, [fileURLToPath(import.meta.url), "--one", String(i)], { encoding: "utf8" }));
    const f = (x, d = 2) => x.toFixed(d);
    const [first, each] = [m.first, m.each].map((s) => `${f(s)} | ${f((1000 * s) / c.depth)}`);
    console.log(`| ${c.what} | ${c.depth} | ${first} | ${each} | ${f(m.bytes / 1e6, 0)} | ${f(m.growth)} | ${f(c.law)} ± ${f(c.band)} |`);
    return { ...c, ...m };
  });
  console.log(`\n${cpus()[0]?.model}, one thread; load of the machine ${before.toFixed(1)} before, ${loadavg()[0].toFixed(1)} after`);
  if (given.json) writeFileSync(given.json, `${JSON.stringify(rows, null, 2)}\n`);
}
