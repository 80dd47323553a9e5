// node bench/train.mjs [NET … --launches N --seconds N --threads N --every N --json FILE]
// Steps of training with momentum, isograd and PyTorch side by side: fresh processes, launches interleaved. `--every N` also measures isograd with the gradient at every
// depth measured each N steps. See bench/README.md.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { TRAINED } from "./nets.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    launches: { type: "string", default: "3" },
    seconds: { type: "string", default: "6" },
    threads: { type: "string", default: "2" },
    every: { type: "string", default: "20" },
    json: { type: "string" },
  },
});
const names = positionals.length > 0 ? positionals : Object.keys(TRAINED);
for (const name of names) if (!TRAINED[name]) throw new Error(`no such network: ${name}; there are ${Object.keys(TRAINED).join(", ")}`);
const { seconds, threads, every } = given;

const TORCH_ENV = { ...process.env, OMP_NUM_THREADS: threads, OPENBLAS_NUM_THREADS: "1" };
delete TORCH_ENV.OPENBLAS_CORETYPE;
delete TORCH_ENV.OPENBLAS_L2_SIZE;

function launch(command, args, env = process.env) {
  const done = spawnSync(command, args, { env, encoding: "utf8", maxBuffer: 1 << 26 });
  if (done.status !== 0) throw new Error(`${args.join(" ")} failed:\n${done.stderr}`);
  return JSON.parse(done.stdout.trim().split("\n").at(-1));
}
const torch = (python) => (name) => launch(python, [here("./peers/torch_train.py"), name, seconds, threads], TORCH_ENV);
const ours = (profiles) => (name) => launch(process.execPath, [here("./train-once.mjs"), name, seconds, threads, profiles]);
const python = [process.env.ISOGRAD_BENCH_PYTHON, "/usr/bin/python3", "python3"].find(
  (p) => p && spawnSync(p, [here("./peers/torch_train.py"), "--version"], { env: TORCH_ENV }).status === 0,
);
const sides = { isograd: ours("0"), probes: ours(every), ...(python ? { torch: torch(python) } : {}) };

const median = (xs) => [...xs].sort((a, b) => a - b)[xs.length >> 1];
const fixed = (v) => (v >= 100 ? v.toFixed(0) : v.toPrecision(3));
console.log(`${cpus()[0].model}, ${threads} threads, load ${loadavg()[0].toFixed(1)}; ms a step, least (median); examples a second of the least`);
console.log(
  `| network | isograd | probes every ${every} steps | PyTorch | ratio of least | probes cost | examples/s | PyTorch | peak MB | PyTorch |`,
);
console.log("|---|---|---|---|---|---|---|---|---|---|");
const all = [];
for (const name of names) {
  const runs = Object.fromEntries(Object.keys(sides).map((side) => [side, []]));
  for (let i = 0; i < Number(given.launches); i++) for (const [side, run] of Object.entries(sides)) runs[side].push(run(name));
  const ms = (side) => (runs[side] ?? []).flatMap((r) => r.ms);
  const [a, p, t] = ["isograd", "probes", "torch"].map((side) => ({ least: Math.min(...ms(side)), median: median(ms(side)) }));
  if (python && runs.torch[0].parameters !== runs.isograd[0].parameters) throw new Error(`${name}: the two sides have other numbers of parameters`);
  const { examples } = runs.isograd[0];
  const mb = (side) => (runs[side] ? Math.max(...runs[side].map((r) => r.peakBytes)) / 1e6 : NaN).toFixed(0);
  const cell = ({ least, median: m }) => (Number.isFinite(least) ? `${fixed(least)} (${fixed(m)})` : "not installed");
  console.log(
    `| ${TRAINED[name].title} | ${cell(a)} | ${cell(p)} | ${cell(t)} | ${(a.least / t.least).toFixed(2)} | ${(100 * (p.median / a.median - 1)).toFixed(1)} % | ${fixed((1000 * examples) / a.least)} | ${fixed((1000 * examples) / t.least)} | ${mb("isograd")} | ${mb("torch")} |`,
  );
  all.push({ name, runs });
}
console.log(`load ${loadavg()[0].toFixed(1)}`);
if (given.json) writeFileSync(given.json, JSON.stringify(all));
