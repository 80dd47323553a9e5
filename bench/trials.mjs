// node bench/trials.mjs [--seeds N] [--threads N] [--json FILE]
// Trials per second, in one process and in a pool, cold and from the store; the share of time outside the runtime; and the same trials in PyTorch where it is
// installed. See bench/README.md.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
if (!existsSync(here("../dist/node.js"))) execFileSync(process.execPath, [here("../tools/build.mjs")], { stdio: "inherit" });
const { openStore, threadQueue, runTrials } = await import("../dist/node.js");
const { nodeRuntime } = await import("../dist/runtime/node.js");
const { workbench } = await import("../dist/trial/workbench.js");
const { parseTrial } = await import("../dist/trial/spec.js");

const { values: given } = parseArgs({
  options: {
    seeds: { type: "string", default: "40" },
    threads: { type: "string", default: String(availableParallelism()) },
    json: { type: "string" },
  },
});
const [seeds, threads] = [Number(given.seeds), Number(given.threads)];

/** Networks of the sizes that claims are measured on. */
const FAMILIES = [
  { name: "MLP 10×64, batch 32", arch: "mlp", depth: 10, width: 64, examples: 32 },
  { name: "MLP 50×100, batch 32", arch: "mlp", depth: 50, width: 100, examples: 32 },
  { name: "MLP 50×256, batch 128", arch: "mlp", depth: 50, width: 256, examples: 128 },
  { name: "residual MLP 20×128, batch 64", arch: "residual-mlp", depth: 20, width: 128, examples: 64 },
].map((f) => ({ ...f, classes: 10 }));
const specOf = ({ arch, depth, width, examples, classes }, seed) => ({
  net: { arch, depth, width, classes, bias: false },
  batch: { examples },
  measure: "profile",
  seed,
});
const specs = FAMILIES.flatMap((f) => Array.from({ length: seeds }, (_, s) => specOf(f, s)));

const median = (xs) => [...xs].sort((a, b) => a - b)[xs.length >> 1];
const seconds = async (work) => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};

/** One process, one thread, sessions in it: what a trial costs once its family is ready, and how much of it is spent inside the runtime. */
async function inside() {
  const base = nodeRuntime({ threads: 1, inThread: true });
  let running = 0;
  const runtime = {
    ...base,
    prepare: async (graph) => {
      const executable = await base.prepare(graph);
      const run = async (...args) => {
        const start = performance.now();
        const values = await executable.run(...args);
        running += performance.now() - start;
        return values;
      };
      return { ...executable, run };
    },
  };
  const bench = workbench({ runtime, memoryLimit: Infinity });
  const rows = [];
  for (const family of FAMILIES) {
    const first = performance.now();
    await bench.measure(parseTrial(specOf(family, 1_000_000)));
    const ready = performance.now() - first;
    const [whole, within] = [[], []];
    for (let s = 0; s < seeds; s++) {
      const spec = parseTrial(specOf(family, s));
      running = 0;
      const start = performance.now();
      await bench.measure(spec);
      whole.push(performance.now() - start);
      within.push(running);
    }
    rows.push({ family: family.name, msFirst: ready, ms: median(whole), msLeast: Math.min(...whole), share: 1 - median(within) / median(whole) });
  }
  await bench.close();
  await base.close();
  return rows;
}

/** Measures the trials of all families in a pool: into a new store, out of it, and without one. */
async function pool() {
  const folder = mkdtempSync(join(tmpdir(), "isograd-bench-"));
  const queue = threadQueue({ threads });
  // Threads started, modules loaded.
  await runTrials(
    Array.from({ length: threads }, (_, s) => ({ net: { arch: "mlp", depth: s + 1, width: 4 }, measure: "profile" })),
    { queue },
  );
  const before = process.cpuUsage();
  const bare = await seconds(() => runTrials(specs, { queue }));
  const { user, system } = process.cpuUsage(before);
  await queue.close();
  const again = threadQueue({ threads });
  await runTrials(
    Array.from({ length: threads }, (_, s) => ({ net: { arch: "mlp", depth: s + 1, width: 4 }, measure: "profile" })),
    { queue: again },
  );
  const store = openStore(folder);
  const stored = await seconds(() => runTrials(specs, { queue: again, store }));
  const found = await seconds(() => runTrials(specs, { queue: again, store }));
  await store.close();
  await again.close();
  rmSync(folder, { recursive: true, force: true });
  return { trials: specs.length, bare, stored, found, cpu: (user + system) / 1e6 };
}

/** Measures the same trials in PyTorch: as many processes of one thread as we have threads, each with its share of the seeds. */
function torch() {
  const env = { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" };
  delete env.OPENBLAS_CORETYPE;
  delete env.OPENBLAS_L2_SIZE;
  const script = here("./peers/torch_trials.py");
  const python = [process.env.ISOGRAD_BENCH_PYTHON, "/usr/bin/python3", "python3"].find(
    (p) => p && spawnSync(p, [script, "--version"], { env }).status === 0,
  );
  if (!python) return undefined;
  const file = join(mkdtempSync(join(tmpdir(), "isograd-bench-")), "trials.json");
  writeFileSync(file, JSON.stringify({ families: FAMILIES, seeds: Math.ceil(seeds / threads) }));
  const runs = Array.from({ length: threads }, () => `${JSON.stringify(python)} ${JSON.stringify(script)} ${JSON.stringify(file)} &`).join(" ");
  const done = spawnSync("sh", ["-c", `${runs} wait`], { env, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`the PyTorch peer failed:\n${done.stderr}`);
  const records = done.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const total = Math.max(...records.map((r) => r.seconds));
  return {
    trials: records.reduce((n, r) => n + r.trials, 0),
    seconds: total,
    cpu: records.reduce((n, r) => n + r.cpu, 0),
    ms: records[0].ms,
    least: records[0].least,
  };
}

const before = loadavg()[0];
const rows = await inside();
const whole = await pool();
const peer = torch();
const result = { machine: cpus()[0]?.model, threads, seeds, load: [before, loadavg()[0]], rows, whole, peer };
if (given.json) writeFileSync(given.json, `${JSON.stringify(result, null, 2)}\n`);
const f = (x, d = 1) => x.toFixed(d);
console.log(`| family | first, ms | each, ms (least) | outside the runtime | PyTorch, ms (least) |\n|---|---|---|---|---|`);
for (const r of rows) {
  const theirs = peer ? `${f(peer.ms[r.family], 2)} (${f(peer.least[r.family], 2)})` : "PyTorch not installed";
  console.log(`| ${r.family} | ${f(r.msFirst, 0)} | ${f(r.ms, 2)} (${f(r.msLeast, 2)}) | ${f(100 * r.share, 0)} % | ${theirs} |`);
}
const rate = (s) => f(whole.trials / s, 0);
console.log(
  `\n${whole.trials} trials, ${threads} threads, trials per second: ${rate(whole.bare)} without a store, ${rate(whole.stored)} into a new one, ${rate(whole.found)} found in it`,
);
if (peer)
  console.log(
    `PyTorch, ${threads} processes of one thread: ${f(peer.trials / peer.seconds, 0)}; ratio ${f(whole.trials / whole.stored / (peer.trials / peer.seconds), 2)}`,
  );
if (peer) {
  const [ours, theirs] = [(1000 * whole.cpu) / whole.trials, (1000 * peer.cpu) / peer.trials];
  console.log(
    `CPU time a trial, user and system, which other load disturbs least: ${f(ours)} ms, PyTorch ${f(theirs)} ms; ratio ${f(theirs / ours, 2)}`,
  );
}
console.log(`load of the machine ${result.load.map((l) => f(l)).join(" before, ")} after`);
