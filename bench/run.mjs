// npm run bench [-- NET … --launches N --repetitions N --threads N --json FILE]
// Gradients of whole networks, isograd and PyTorch side by side: fresh processes, launches interleaved. See bench/README.md.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
if (!existsSync(here("../dist/index.js"))) execFileSync(process.execPath, [here("../tools/build.mjs")], { stdio: "inherit" });
const { NETS } = await import("./nets.mjs");

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    launches: { type: "string", default: "3" },
    repetitions: { type: "string", default: "7" },
    threads: { type: "string", default: "2" },
    json: { type: "string" },
  },
});
const names = positionals.length > 0 ? positionals : Object.keys(NETS);
const unknown = names.filter((n) => !NETS[n]);
if (unknown.length > 0) {
  console.error(`no such network: ${unknown.join(", ")}; there are ${Object.keys(NETS).join(", ")}`);
  process.exit(2);
}
const { launches, repetitions, threads } = Object.fromEntries(["launches", "repetitions", "threads"].map((k) => [k, Number(given[k])]));

// PyTorch at its best on few cores: its own threads, one BLAS thread inside each, kernels chosen for the processor at hand.
const TORCH_ENV = { ...process.env, OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: "1" };
delete TORCH_ENV.OPENBLAS_CORETYPE;
delete TORCH_ENV.OPENBLAS_L2_SIZE;
const python = [process.env.ISOGRAD_BENCH_PYTHON, "/usr/bin/python3", "python3"].find((p) => p && peer(p, "--version"));

function peer(command, ...args) {
  const done = spawnSync(command, [here("./peers/torch_gradients.py"), ...args], { env: TORCH_ENV, encoding: "utf8", maxBuffer: 1 << 26 });
  if (done.status === 0) return done.stdout.trim();
  if (args[0] !== "--version") throw new Error(`the PyTorch peer failed on ${args[0]}:\n${done.stderr}`);
  return undefined;
}

function ours(file, build) {
  const done = spawnSync(process.execPath, [here("./gradients.mjs"), file, String(repetitions), String(threads), build], {
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  if (done.status !== 0) throw new Error(`isograd failed on ${file}:\n${done.stderr}`);
  return JSON.parse(done.stdout);
}

const median = (xs) => {
  const sorted = [...xs].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return (low + high) / 2;
};
const least = (xs) => Math.min(...xs);
const medianOf = (runs, of) => median(runs.map(of));

/** All launches of one network. */
function measure(name, folder) {
  const { bytes, nodes, ...about } = NETS[name].build();
  const file = join(folder, `${name}.onnx`);
  writeFileSync(file, bytes);
  writeFileSync(`${file}.json`, JSON.stringify(about));
  const [own, wasm, torch] = [[], [], []];
  for (let launch = 0; launch < launches; launch++) {
    own.push(ours(file, "native"));
    wasm.push(ours(file, "wasm"));
    if (python) torch.push(JSON.parse(peer(python, name, String(repetitions), String(threads))));
  }
  rmSync(file);
  for (const { parameters } of [...own, ...wasm, ...torch]) {
    if (parameters !== about.parameters) throw new Error(`${name}: ${parameters} parameters on one side, ${about.parameters} in the file`);
  }
  const side = (runs) => ({
    msMedian: median(runs.flatMap((r) => r.ms)),
    msLeast: least(runs.flatMap((r) => r.ms)),
    peakBytes: medianOf(runs, (r) => r.peakBytes),
    ms: runs.map((r) => r.ms),
  });
  return {
    net: name,
    title: NETS[name].title,
    nodes: { file: nodes, gradient: own[0].nodes },
    parameters: about.parameters,
    loss: own[0].loss,
    isograd: { ...side(own), stepsMs: Object.fromEntries(Object.keys(own[0].steps).map((k) => [k, medianOf(own, (r) => r.steps[k])])) },
    wasm: side(wasm),
    torch: python ? side(torch) : null,
  };
}

const version = (name) => JSON.parse(readFileSync(here(`../node_modules/${name}/package.json`), "utf8")).version;
const machine = {
  cores: cpus().length,
  cpu: cpus()[0].model.trim(),
  node: process.version,
  onnxruntime: version("onnxruntime-node"),
  torch: python ? peer(python, "--version") : null,
  threads,
  launches,
  repetitions,
  loadBefore: loadavg()[0],
};
console.log(
  `${machine.cores} cores, ${machine.cpu}; node ${machine.node}, onnxruntime ${machine.onnxruntime}, ${machine.torch ? `PyTorch ${machine.torch}` : "PyTorch not installed"}; ` +
    `${threads} threads; ${launches} launches of ${repetitions} repetitions; load ${machine.loadBefore.toFixed(1)} before`,
);

const COLUMNS = [
  ["network", -49, (r) => r.title],
  ["nodes", 7, (r) => r.nodes.gradient],
  ["isograd ms", 12, (r) => r.isograd.msMedian.toFixed(1)],
  ["least", 8, (r) => r.isograd.msLeast.toFixed(1)],
  ["wasm", 9, (r) => r.wasm.msMedian.toFixed(1)],
  ["to native", 10, (r) => (r.wasm.msLeast / r.isograd.msLeast).toFixed(2)],
  ["PyTorch ms", python ? 12 : 23, (r) => (r.torch ? r.torch.msMedian.toFixed(1) : "PyTorch not installed")],
  ["least", 8, (r) => (r.torch ? r.torch.msLeast.toFixed(1) : "")],
  ["ratio", 7, (r) => (r.torch ? (r.isograd.msMedian / r.torch.msMedian).toFixed(2) : "")],
  ["of least", 9, (r) => (r.torch ? (r.isograd.msLeast / r.torch.msLeast).toFixed(2) : "")],
  ...["read", "bind", "differentiate", "plan", "prepare"].map((k) => [k, Math.max(8, k.length + 1), (r) => r.isograd.stepsMs[k].toFixed(0)]),
  ["peak MB", 9, (r) => (r.isograd.peakBytes / 1e6).toFixed(0)],
  ["PyTorch", 9, (r) => (r.torch ? (r.torch.peakBytes / 1e6).toFixed(0) : "")],
];
const line = (cells) => cells.map((c, i) => (COLUMNS[i][1] < 0 ? String(c).padEnd(-COLUMNS[i][1]) : String(c).padStart(COLUMNS[i][1]))).join("");
console.log(`\n${line(COLUMNS.map(([title]) => title))}`);

const folder = mkdtempSync(join(tmpdir(), "isograd-bench-"));
const results = [];
try {
  for (const name of names) {
    results.push(measure(name, folder));
    console.log(line(COLUMNS.map(([, , cell]) => cell(results.at(-1)))));
  }
} finally {
  rmSync(folder, { recursive: true });
}
machine.loadAfter = loadavg()[0];
console.log(
  `\nload ${machine.loadAfter.toFixed(1)} after; ms are medians and least of all repetitions, read to prepare medians of the launches (ms). wasm: onnxruntime-web in Node, and its least over the native least`,
);
if (given.json !== undefined) writeFileSync(given.json, `${JSON.stringify({ machine, results }, undefined, 1)}\n`);
