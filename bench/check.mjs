// node bench/check.mjs [NET … --launches N --repetitions N --threads N --depths 1250,2500,… --json FILE]
// What a check-up costs beside the gradient alone, next to PyTorch with hooks for the same numbers; whole `isograd check` commands, with and
// without --low-memory; and how the cost grows with depth. See bench/README.md.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
if (!existsSync(here("../dist/index.js"))) execFileSync(process.execPath, [here("../tools/build.mjs")], { stdio: "inherit" });
const { NETS, batchOf } = await import("./nets.mjs");
const { writeSafetensors } = await import("../dist/index.js");
const { built, netFile } = await import("../dist/nn/build.js");

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    launches: { type: "string", default: "3" },
    repetitions: { type: "string", default: "5" },
    threads: { type: "string", default: "2" },
    depths: { type: "string", default: "1250,2500,5000,10000" },
    json: { type: "string" },
  },
});
const names = positionals.length > 0 ? positionals : Object.keys(NETS);
const { launches, repetitions, threads } = Object.fromEntries(["launches", "repetitions", "threads"].map((k) => [k, Number(given[k])]));
const depths = given.depths === "" ? [] : given.depths.split(",").map(Number);

const TORCH_ENV = { ...process.env, OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: "1" };
delete TORCH_ENV.OPENBLAS_CORETYPE;
delete TORCH_ENV.OPENBLAS_L2_SIZE;
const child = (command, args, env = process.env) => {
  const done = spawnSync(command, args, { env, encoding: "utf8", maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(`${[command, ...args].join(" ")}\n${done.stderr}`);
  return JSON.parse(done.stdout);
};
const python = [process.env.ISOGRAD_BENCH_PYTHON, "/usr/bin/python3", "python3"].find(
  (p) => p && spawnSync(p, [here("./peers/torch_gradients.py"), "--version"], { env: TORCH_ENV }).status === 0,
);
const median = (xs) => [...xs].sort((a, b) => a - b)[xs.length >> 1];
const mb = (bytes) => (bytes / 1e6).toFixed(0);

const folder = mkdtempSync(join(tmpdir(), "isograd-bench-"));
const save = (name, chunks) => {
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat([chunks].flat().map((c) => Buffer.from(c))));
  return path;
};
const whole = (model, batch, ...options) => child(process.execPath, [here("./check-once.mjs"), "whole", model, batch, String(threads), ...options]);

console.log(
  `${cpus().length} cores, ${cpus()[0].model.trim()}; node ${process.version}; ${threads} threads; load ${loadavg()[0].toFixed(1)} before\n`,
);
const results = { nets: [], depths: [] };
try {
  const head = ["network", "gradient", "with probes", "more", "PyTorch", "with hooks", "more", "check s", "MB", "lean s", "lean MB", "PyTorch MB"];
  const wide = [13, 10, 13, 7, 9, 12, 7, 9, 7, 8, 9, 12];
  const print = (cells) => console.log(cells.map((c, i) => (i === 0 ? String(c).padEnd(wide[i]) : String(c).padStart(wide[i]))).join(""));
  print(head);
  for (const name of names) {
    const { bytes, ...about } = NETS[name].build();
    const { inputs, labels } = batchOf(about);
    const model = save(`${name}.onnx`, bytes);
    const batch = save(`${name}.safetensors`, writeSafetensors(new Map([...inputs, ["labels", labels]])));
    const [own, torch, full, lean] = [[], [], [], []];
    for (let l = 0; l < launches; l++) {
      own.push(child(process.execPath, [here("./check-once.mjs"), "probes", model, batch, String(threads), String(repetitions)]));
      if (python) torch.push(child(python, [here("./peers/torch_hooks.py"), name, String(repetitions), String(threads)], TORCH_ENV));
      full.push(whole(model, batch));
      lean.push(whole(model, batch, "--low-memory"));
    }
    const of = (runs, key) => median(runs.flatMap((r) => r[key]));
    const more = (runs, a, b) => `${(100 * (of(runs, b) / of(runs, a) - 1)).toFixed(1)} %`;
    results.nets.push({ name, own, torch, full, lean });
    print([
      name,
      of(own, "gradient").toFixed(1),
      of(own, "measurement").toFixed(1),
      more(own, "gradient", "measurement"),
      ...(python ? [of(torch, "plain").toFixed(1), of(torch, "hooked").toFixed(1), more(torch, "plain", "hooked")] : ["not installed", "", ""]),
      of(full, "seconds").toFixed(1),
      mb(of(full, "peakBytes")),
      of(lean, "seconds").toFixed(1),
      mb(of(lean, "peakBytes")),
      python ? mb(of(torch, "peakBytes")) : "",
    ]);
  }
  console.log("\nms of one run, medians; check: the whole command, seconds and peak memory of its process; lean: with --low-memory\n");
  console.log("depth, width 64, x + W·ReLU(x)/√L, batch 16:   seconds      MB   ms a layer");
  for (const depth of depths) {
    const model = save(
      "deep.onnx",
      netFile(built({ arch: "residual-mlp", depth, width: 64, branch: "act-weight", branchScale: "1/sqrt(L)", seed: 1 })),
    );
    const runs = Array.from({ length: launches }, () => whole(model, ""));
    const seconds = median(runs.map((r) => r.seconds));
    results.depths.push({ depth, runs });
    console.log(
      `${String(depth).padStart(5)}${" ".repeat(41)}${seconds.toFixed(1).padStart(8)}${mb(median(runs.map((r) => r.peakBytes))).padStart(8)}${((1e3 * seconds) / depth).toFixed(2).padStart(13)}   ${runs[0].verdict}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
console.log(`\nload ${loadavg()[0].toFixed(1)} after`);
if (given.json !== undefined) writeFileSync(given.json, `${JSON.stringify(results, undefined, 1)}\n`);
