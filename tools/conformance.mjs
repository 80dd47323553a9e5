#!/usr/bin/env node
// node tools/conformance.mjs [--onnxruntime] [--only WORD] [--json F] [--markdown F] [DIR …]
// Holds isograd against ONNX's own backend tests: folders DIR/KIND/test_NAME/model.onnx with test_data_set_K/{input,output}_J.pb,
// as Debian's libonnx-testdata installs them (the default) and tools/fixtures/make_conformance.py writes them from an `onnx` package.
// Every model is read, bound to the shapes of its inputs, evaluated in float64 by the reference (with --onnxruntime also run by
// onnxruntime, as isograd hands it over), and compared with the expected outputs at ONNX's tolerance (rtol 1e-3, atol 1e-7).
// Exit 1 when a result is wrong or an error is not a stated limit.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const require = createRequire(import.meta.url);
const { fromBinary } = await import(require.resolve("@bufbuild/protobuf").replace("/cjs/", "/esm/"));
const { ModelProtoSchema, TensorProtoSchema } = await import("onnx-buf");
const { bind, readOnnx, openRuntime, IsogradError } = await import(join(root, "dist/index.js"));
const { readTensor } = await import(join(root, "dist/onnx/tensor-proto.js"));
const { evaluateGraph } = await import(join(root, "dist/runtime/reference.js"));
const { opNamed } = await import(join(root, "dist/ops/registry.js"));

const words = process.argv.slice(2);
const option = (name) => {
  const at = words.indexOf(name);
  return at < 0 ? undefined : words.splice(at, 2)[1];
};
const flag = (name) => {
  const at = words.indexOf(name);
  if (at >= 0) words.splice(at, 1);
  return at >= 0;
};
const native = flag("--onnxruntime");
const [only, jsonFile, markdownFile] = [option("--only"), option("--json"), option("--markdown")];
const dirs = words.length > 0 ? words : ["/usr/share/libonnx-testdata/data"];

/** ONNX's tolerance, and a tighter one that is reported beside it. */
const RTOL = 1e-3;
const ATOL = 1e-7;
const TIGHT = 1e-5;

// Types by ONNX's numbers.
const TYPE_NAMES = { 8: "string", 10: "float16", 14: "complex64", 15: "complex128", 16: "bfloat16", 17: "float8", 18: "float8", 19: "float8", 20: "float8", 21: "uint4", 22: "int4", 23: "float4", 24: "float8", 25: "uint2", 26: "int2" };
const HALF = new Set([10, 16]);

/** Cases whose expected output is one draw of ONNX's own generator. */
const RANDOM = /^test_(bernoulli|random|multinomial|training_dropout(?!_zero_ratio))|dropout_random/;

const casesOf = (dir) =>
  readdirSync(dir, { withFileTypes: true })
    .filter((e) => e.isDirectory())
    .flatMap((e) => {
      const path = join(dir, e.name);
      return existsSync(join(path, "model.onnx")) ? [path] : casesOf(path);
    });

const files = (dir, word) =>
  readdirSync(dir)
    .filter((f) => f.startsWith(`${word}_`) && f.endsWith(".pb"))
    .sort((a, b) => Number(/\d+/.exec(a)) - Number(/\d+/.exec(b)))
    .map((f) => readFileSync(join(dir, f)));

const tensorProto = (bytes) => fromBinary(TensorProtoSchema, bytes);

/** Op types of a model, its subgraphs and its functions, as `domain::Op`. */
function opsOf(proto) {
  const own = new Set(proto.functions.map((f) => `${f.domain ?? ""}::${f.name}`));
  const found = new Set();
  const visit = (nodes) => {
    for (const n of nodes) {
      const domain = n.domain === "ai.onnx" ? "" : (n.domain ?? "");
      if (!own.has(`${domain}::${n.opType}`)) found.add(domain === "" ? n.opType : `${domain}::${n.opType}`);
      for (const a of n.attribute) {
        if (a.g) visit(a.g.node);
        for (const g of a.graphs) visit(g.node);
      }
    }
  };
  visit(proto.graph.node);
  for (const f of proto.functions) visit(f.node);
  return [...found].sort();
}

const known = (op) => {
  const [domain, name] = op.includes("::") ? op.split("::") : ["", op];
  return op === "Constant" || opNamed(name, domain) !== undefined;
};

/** Element types that the graph's inputs and outputs and the model's casts name and isograd does not compute in. */
function foreignTypes(proto) {
  const found = new Set();
  const visit = (type) => {
    if (!type) return;
    const { case: kind, value } = type.value;
    if (kind === "tensorType") {
      const t = TYPE_NAMES[value.elemType];
      if (t && !HALF.has(value.elemType)) found.add(t);
    } else if (kind !== undefined) found.add({ sequenceType: "sequence", optionalType: "optional", mapType: "map", sparseTensorType: "sparse tensor" }[kind] ?? kind);
  };
  for (const v of [...proto.graph.input, ...proto.graph.output, ...proto.graph.valueInfo]) visit(v.type);
  for (const n of proto.graph.node) {
    for (const a of n.attribute) {
      if (a.name === "to" || a.name === "dtype" || a.name === "output_dtype") {
        const t = TYPE_NAMES[Number(a.i ?? 0n)];
        if (t && !HALF.has(Number(a.i))) found.add(t);
      }
      if (a.t && TYPE_NAMES[a.t.dataType] && !HALF.has(a.t.dataType)) found.add(TYPE_NAMES[a.t.dataType]);
    }
  }
  return [...found];
}

/** The largest |a − e| / (atol + rtol·|e|) over the elements: at most 1 is a match. Infinity where they are not even alike. */
function distance(actual, expected, rtol) {
  if (actual.data.length !== expected.data.length || actual.shape.join() !== expected.shape.join()) return { worst: Infinity, what: `shape [${actual.shape}] instead of [${expected.shape}]` };
  const exact = !expected.dtype.startsWith("float");
  if (exact !== !actual.dtype.startsWith("float") || (exact && actual.dtype !== expected.dtype)) return { worst: Infinity, what: `${actual.dtype} instead of ${expected.dtype}` };
  let worst = 0;
  let what = "";
  for (let i = 0; i < expected.data.length; i++) {
    const [a, e] = [actual.data[i], expected.data[i]];
    if (Object.is(a, e) || a === e || (Number.isNaN(a) && Number.isNaN(e))) continue;
    // Beyond float32's range the reference's float64 goes on where float32 is infinite.
    if (expected.dtype === "float32" && Math.fround(a) === e) continue;
    const d = exact ? Infinity : Math.abs(a - e) / (ATOL + rtol * Math.abs(e));
    if (!(d <= worst)) {
      worst = Number.isNaN(d) ? Infinity : d;
      what = `${a} instead of ${e} at ${i}`;
    }
    if (worst === Infinity) break;
  }
  return { worst, what };
}

/** Binds with as few inputs fixed to their values as the model allows: none, then the integers, then all. */
function bound(model, inputs) {
  const shapes = Object.fromEntries([...inputs].map(([k, t]) => [k, t.shape]));
  const integers = [...inputs].filter(([, t]) => !t.dtype.startsWith("float"));
  let last;
  for (const [given, fixed] of [["no input", []], ["integer inputs", integers], ["all inputs", [...inputs]]]) {
    if (last !== undefined && fixed.length === 0) continue;
    try {
      const graph = bind(model, { shapes, set: Object.fromEntries(fixed) }).graph;
      return { graph, given, feeds: new Map([...inputs].filter(([k]) => graph.inputs.some((i) => i.name === k))) };
    } catch (error) {
      last ??= error;
      if (error.code !== "op/not-constant" && error.code !== "autodiff/not-differentiable" && given === "no input") {
        // Control flow that depends on the data says so under other codes.
        if (!/before the run|depends on the data/.test(error.message)) throw error;
      } else if (error.code !== "op/not-constant" && !/before the run|depends on the data/.test(error.message)) throw error;
    }
  }
  throw last;
}

function verdictOf(error, proto, name) {
  const text = error instanceof Error ? error.message.split(" ▸ ").pop() : String(error);
  const missing = opsOf(proto).filter((op) => !known(op));
  const foreign = foreignTypes(proto);
  if (!(error instanceof IsogradError) || error.code === "internal/bug") return { class: "error", why: `${name}: ${error?.stack ?? text}` };
  if (missing.length > 0) return { class: "unsupported op", why: missing.join(", ") };
  if (foreign.length > 0 || /string/.test(text)) return { class: "unsupported type", why: foreign.join(", ") || "string" };
  if (error.code === "op/not-constant" || /depends on the data/.test(text)) return { class: "needs data-dependent shape", why: text };
  if (error.code === "onnx/version") return { class: "unsupported opset", why: text };
  if (error.code === "op/unsupported") return { class: "stated limit", why: text };
  return { class: "error", why: text };
}

const runtime = native ? await openRuntime("node", { threads: 1 }) : undefined;

async function runCase(path) {
  const name = basename(path);
  const bytes = readFileSync(join(path, "model.onnx"));
  const proto = fromBinary(ModelProtoSchema, bytes);
  const ops = opsOf(proto);
  const row = { name, kind: basename(dirname(path)), ops, opset: Math.max(...proto.opsetImport.filter((o) => (o.domain ?? "") === "" || o.domain === "ai.onnx").map((o) => Number(o.version)), -1) };
  try {
    const model = readOnnx(bytes, { name });
    let [worst, tight, ran] = [0, 0, undefined];
    let given = "no input";
    for (const set of readdirSync(path).filter((f) => f.startsWith("test_data_set_"))) {
      const protos = files(join(path, set), "input").map(tensorProto);
      const free = model.graph.inputs.map((i) => i.name);
      const byName = protos.every((p) => free.includes(p.name)) && new Set(protos.map((p) => p.name)).size === protos.length;
      const inputs = new Map(protos.map((p, i) => [byName ? p.name : free[i], readTensor(p, [name], undefined)]));
      const expectedProtos = files(join(path, set), "output").map(tensorProto);
      const expected = expectedProtos.map((p) => readTensor(p, [name], undefined));
      const b = bound(model, inputs);
      if (given !== "all inputs") given = b.given;
      const compare = (values, rtol) => {
        let result = { worst: 0, what: "" };
        expected.forEach((e, i) => {
          const d = distance(values.get(b.graph.outputs[i]), e, rtol);
          if (d.worst > result.worst) result = { ...d, half: HALF.has(expectedProtos[i].dataType), output: i };
        });
        return result;
      };
      const values = evaluateGraph(b.graph, b.feeds);
      const loose = compare(values, RTOL);
      if (loose.worst > 1) {
        const why = `output ${loose.output}: ${loose.what}`;
        if (RANDOM.test(name)) return { ...row, class: "random", why: "one draw of ONNX's generator" };
        return { ...row, class: "wrong", why, half: loose.half, given };
      }
      worst = Math.max(worst, loose.worst);
      tight = Math.max(tight, compare(values, TIGHT).worst);
      if (runtime) {
        try {
          const executable = await runtime.prepare(b.graph);
          const got = compare(await executable.run(b.feeds), RTOL);
          await executable.dispose();
          ran = got.worst > 1 ? `wrong: output ${got.output}: ${got.what}` : (ran ?? "pass");
        } catch (error) {
          ran = `error: ${error.message}`;
        }
      }
    }
    return { ...row, class: "pass", given, tight: tight <= 1, ...(ran ? { onnxruntime: ran } : {}) };
  } catch (error) {
    return { ...row, ...verdictOf(error, proto, name) };
  }
}

const rows = [];
for (const dir of dirs) {
  for (const path of casesOf(dir).sort()) {
    if (only !== undefined && !path.includes(only)) continue;
    rows.push(await runCase(path));
  }
}
await runtime?.close();

const count = (list, test) => list.filter(test).length;
const CLASSES = ["pass", "wrong", "error", "random", "needs data-dependent shape", "unsupported type", "unsupported op", "stated limit", "unsupported opset"];
const kinds = [...new Set(rows.map((r) => r.kind))].sort();
const supported = rows.filter((r) => r.ops.every(known));
const passed = count(rows, (r) => r.class === "pass");
const share = (a, b) => `${a} of ${b} (${b === 0 ? "–" : `${((100 * a) / b).toFixed(1)} %`})`;
const table = [
  `| cases | ${CLASSES.join(" | ")} | all |`,
  `|---|${CLASSES.map(() => "--:").join("|")}|--:|`,
  ...kinds.map((k) => `| ${k} | ${CLASSES.map((c) => count(rows, (r) => r.kind === k && r.class === c)).join(" | ")} | ${count(rows, (r) => r.kind === k)} |`),
];
const summary = [
  `${share(passed, rows.length)} of all cases pass; ${share(count(supported, (r) => r.class === "pass"), supported.length)} of those whose ops are all supported.`,
  `Of the passing ones ${count(rows, (r) => r.tight)} also hold at rtol 1e-5; ${count(rows, (r) => r.class === "pass" && r.given === "integer inputs")} needed integer inputs known before the run, ${count(rows, (r) => r.class === "pass" && r.given === "all inputs")} all inputs.`,
  ...(native
    ? [`onnxruntime, given the same graphs: ${count(rows, (r) => r.onnxruntime === "pass")} pass, ${count(rows, (r) => r.onnxruntime && r.onnxruntime !== "pass")} do not.`]
    : []),
];
console.log([...table, "", ...summary].join("\n"));
for (const c of CLASSES.slice(1)) {
  const list = rows.filter((r) => r.class === c);
  if (list.length === 0) continue;
  console.log(`\n${c}: ${list.length}`);
  const byReason = new Map();
  for (const r of list) byReason.set(r.why, [...(byReason.get(r.why) ?? []), r.name]);
  for (const [why, names] of byReason) console.log(`  ${why}: ${names.length > 6 ? `${names.slice(0, 5).join(" ")} … ${names.length} in all` : names.join(" ")}`);
}
if (native) {
  console.log("\nonnxruntime:");
  for (const r of rows) if (r.onnxruntime && r.onnxruntime !== "pass") console.log(`  ${r.name}: ${r.onnxruntime}`);
}
if (jsonFile) writeFileSync(jsonFile, `${JSON.stringify(rows, null, 1)}\n`);
process.exitCode = rows.some((r) => r.class === "wrong" || r.class === "error") ? 1 : 0;
