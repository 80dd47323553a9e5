#!/usr/bin/env node
// node tools/conformance.mjs [--onnxruntime] [--only WORD] [--json F] [--markdown F] [--sample F] [[LABEL=]DIR …]
// Compares isograd with ONNX's own backend tests: folders DIR/KIND/test_NAME/model.onnx with test_data_set_K/{input,output}_J.pb,
// as Debian's libonnx-testdata installs them (the default) and tools/fixtures/make_conformance.py writes them from an `onnx` package.
// Every model is read, bound to the shapes of its inputs, evaluated in float64 by the reference (with --onnxruntime also run by
// onnxruntime, as isograd hands it over), and compared with the expected outputs at ONNX's tolerance (rtol 1e-3, atol 1e-7).
// --markdown writes docs/conformance.md, --sample the small selection that test/onnx/conformance.test.ts runs.
// Exit 1 when a result is wrong or an error is not a stated limit.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const require = createRequire(import.meta.url);
const { fromBinary } = await import(require.resolve("@bufbuild/protobuf").replace("/cjs/", "/esm/"));
const { ModelProtoSchema, TensorProtoSchema } = await import("onnx-buf");
const { bind, readOnnx, openRuntime, IsogradError } = await import(join(root, "dist/node.js"));
const { readTensor } = await import(join(root, "dist/onnx/tensor-proto.js"));
const { evaluateGraph } = await import(join(root, "dist/runtime/evaluate.js"));
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
const [only, jsonFile, markdownFile, sampleFile] = [option("--only"), option("--json"), option("--markdown"), option("--sample")];
const dirs = (words.length > 0 ? words : ["/usr/share/libonnx-testdata/data"]).map((word) => {
  const [label, dir] = word.includes("=") ? word.split("=") : ["", word];
  return { label, dir };
});

/** ONNX's tolerance, and a tighter one that is reported beside it. */
const RTOL = 1e-3;
const ATOL = 1e-7;
const TIGHT = 1e-5;

// Types by ONNX's numbers.
const TYPE_NAMES = {
  8: "string",
  10: "float16",
  14: "complex64",
  15: "complex128",
  16: "bfloat16",
  17: "float8",
  18: "float8",
  19: "float8",
  20: "float8",
  21: "uint4",
  22: "int4",
  23: "float4",
  24: "float8",
  25: "uint2",
  26: "int2",
};
const HALF = new Set([10, 16]);
/** Relative tolerance where the expected output is rounded to float16 or bfloat16, which isograd computes in float64: a few units in the last place. */
const HALF_RTOL = { 10: 2 ** -9, 16: 2 ** -6 };

const ZERO_BY_ROUNDING = "the expected zeros are what rounding in float32 leaves of them";

/** Cases whose expected output is not what the standard's users have, by name: why isograd keeps its own. */
const DISPUTED = {
  test_dft_inverse: ZERO_BY_ROUNDING,
  test_dft_inverse_opset19: ZERO_BY_ROUNDING,
  test_maxunpool_export_with_output_shape:
    "the indices are meant in a smaller output than the one asked for; onnxruntime gives ours (its pull request 2193)",
  test_resize_downsample_scales_cubic_align_corners:
    "corners aligned by the size before rounding (3.142857 where the last pixel is 4); onnxruntime and PyTorch give ours",
  test_resize_downsample_scales_linear_align_corners:
    "corners aligned by the size before rounding (3.142857 where the last pixel is 4); onnxruntime and PyTorch give ours",
};

/** Cases that ONNX's version converter made wrong: it leaves in place what the older version, or the newer one, means otherwise. */
function disputeOf(name, opset) {
  const [test] = name.split("@");
  if (DISPUTED[test]) return DISPUTED[test];
  if (/^test_(log)?softmax_/.test(name) && opset < 13 && name.includes("@"))
    return "ONNX's converter leaves the axis, which flattens before opset 13; onnxruntime gives ours";
  if (/^test_PReLU_\dd_multiparam$/.test(name))
    return "ONNX's converter leaves the slope of opset 6, one per channel, which does not broadcast since opset 7";
  return undefined;
}

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
    } else if (kind !== undefined)
      found.add({ sequenceType: "sequence", optionalType: "optional", mapType: "map", sparseTensorType: "sparse tensor" }[kind] ?? kind);
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
  if (actual.data.length !== expected.data.length || actual.shape.join() !== expected.shape.join())
    return { worst: Infinity, what: `shape [${actual.shape}] instead of [${expected.shape}]` };
  const exact = !expected.dtype.startsWith("float");
  if (exact !== !actual.dtype.startsWith("float") || (exact && actual.dtype !== expected.dtype))
    return { worst: Infinity, what: `${actual.dtype} instead of ${expected.dtype}` };
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
  for (const [given, fixed] of [
    ["no input", []],
    ["integer inputs", integers],
    ["all inputs", [...inputs]],
  ]) {
    if (last !== undefined && fixed.length === 0) continue;
    try {
      const graph = bind(model, { shapes, set: Object.fromEntries(fixed) }).graph;
      return { graph, given, feeds: new Map([...inputs].filter(([k]) => graph.inputs.some((i) => i.name === k))) };
    } catch (error) {
      last ??= error;
      if (error.code !== "op/not-constant") throw error;
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
  if (error.code === "op/not-constant") return { class: "needs data-dependent shape", why: text };
  if (error.code === "onnx/version") return { class: "unsupported opset", why: text };
  if (error.code === "op/unsupported" || /is not supported/.test(text)) return { class: "stated limit", why: text };
  return { class: "error", why: text };
}

const runtime = native ? await openRuntime("node", { threads: 1 }) : undefined;

async function runCase(path, label) {
  const name = basename(path);
  const bytes = readFileSync(join(path, "model.onnx"));
  const proto = fromBinary(ModelProtoSchema, bytes);
  const ops = opsOf(proto);
  const kind = basename(dirname(path));
  const row = {
    name,
    kind: label === "" ? kind : `${label}, ${kind}`,
    path,
    ops,
    opset: Math.max(...proto.opsetImport.filter((o) => (o.domain ?? "") === "" || o.domain === "ai.onnx").map((o) => Number(o.version)), -1),
  };
  try {
    const model = readOnnx(bytes, { name });
    let [worst, tight, ran] = [0, 0, undefined];
    let given = "no input";
    for (const set of readdirSync(path).filter((f) => f.startsWith("test_data_set_"))) {
      const protos = files(join(path, set), "input").map(tensorProto);
      const free = model.graph.inputs.map((i) => i.name);
      const byName = protos.every((p) => free.includes(p.name)) && new Set(protos.map((p) => p.name)).size === protos.length;
      const inputs = new Map(protos.map((p, i) => [byName ? p.name : free[i], readTensor(p, [name], undefined)]));
      for (const i of model.graph.inputs) {
        const t = inputs.get(i.name);
        const fits = t && (!i.shape || (i.shape.length === t.shape.length && i.shape.every((d, k) => typeof d === "string" || d === t.shape[k])));
        if (!fits || t.dtype !== i.dtype)
          return { ...row, class: "ill-formed test", why: "the test's inputs are not of the types that its model declares" };
      }
      const expectedProtos = files(join(path, set), "output").map(tensorProto);
      const declared = proto.graph.output.map((o) => (o.type?.value.case === "tensorType" ? o.type.value.value.elemType : undefined));
      if (declared.some((d) => d === undefined)) throw new IsogradError("op/unsupported", "an output is not a tensor");
      if (expectedProtos.some((p, i) => p.dataType !== declared[i]))
        return { ...row, class: "ill-formed test", why: "the test's outputs are not of the types that its model declares" };
      const expected = expectedProtos.map((p) => readTensor(p, [name], undefined));
      const b = bound(model, inputs);
      if (given !== "all inputs") given = b.given;
      const compare = (values, rtol) => {
        let result = { worst: 0, what: "" };
        expected.forEach((e, i) => {
          const d = distance(values.get(b.graph.outputs[i]), e, Math.max(rtol, HALF_RTOL[expectedProtos[i].dataType] ?? 0));
          if (d.worst > result.worst) result = { ...d, output: i };
        });
        return result;
      };
      const values = evaluateGraph(b.graph, b.feeds);
      const loose = compare(values, RTOL);
      if (loose.worst > 1) {
        const why = `output ${loose.output}: ${loose.what}`;
        if (RANDOM.test(name)) return { ...row, class: "random", why: "one draw of ONNX's generator" };
        const disputed = disputeOf(name, row.opset);
        if (disputed) return { ...row, class: "disputed", why: disputed };
        return { ...row, class: "wrong", why, given };
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
    const verdict = verdictOf(error, proto, name);
    const disputed = verdict.class === "error" ? disputeOf(name, row.opset) : undefined;
    return { ...row, ...(disputed ? { class: "disputed", why: disputed } : verdict) };
  }
}

const rows = [];
for (const { label, dir } of dirs) {
  for (const path of casesOf(dir).sort()) {
    if (only !== undefined && !path.includes(only)) continue;
    rows.push(await runCase(path, label));
  }
}
await runtime?.close();

const count = (list, test) => list.filter(test).length;
const CLASSES = [
  "pass",
  "wrong",
  "error",
  "disputed",
  "random",
  "ill-formed test",
  "needs data-dependent shape",
  "unsupported type",
  "unsupported op",
  "stated limit",
  "unsupported opset",
];
const SCOPE = ["pass", "wrong", "error", "disputed", "random", "needs data-dependent shape", "stated limit"];
const kinds = [...new Set(rows.map((r) => r.kind))].sort();
const supported = rows.filter((r) => r.ops.every(known));
const passed = count(rows, (r) => r.class === "pass");
const share = (a, b) => `${a} of ${b} (${b === 0 ? "–" : `${((100 * a) / b).toFixed(1)} %`})`;
const table = [
  `| cases | ${CLASSES.join(" | ")} | all |`,
  `|---|${CLASSES.map(() => "--:").join("|")}|--:|`,
  ...kinds.map(
    (k) => `| ${k} | ${CLASSES.map((c) => count(rows, (r) => r.kind === k && r.class === c)).join(" | ")} | ${count(rows, (r) => r.kind === k)} |`,
  ),
];
const summary = [
  `${share(passed, rows.length)} of all cases pass; ${share(
    count(supported, (r) => r.class === "pass"),
    supported.length,
  )} of those whose ops are all supported; ${share(
    passed,
    count(rows, (r) => SCOPE.includes(r.class)),
  )} of those whose ops, element types and opset are supported.`,
  `Of the passing ones ${count(rows, (r) => r.tight)} also hold at rtol 1e-5; ${count(rows, (r) => r.class === "pass" && r.given === "integer inputs")} needed integer inputs known before the run, ${count(rows, (r) => r.class === "pass" && r.given === "all inputs")} all inputs.`,
  ...(native
    ? [
        `onnxruntime, given the same graphs: ${count(rows, (r) => r.onnxruntime === "pass")} pass, ${count(rows, (r) => r.onnxruntime && r.onnxruntime !== "pass")} do not.`,
      ]
    : []),
];
console.log([...table, "", ...summary].join("\n"));
for (const c of CLASSES.slice(1)) {
  const list = rows.filter((r) => r.class === c);
  if (list.length === 0) continue;
  console.log(`\n${c}: ${list.length}`);
  const byReason = new Map();
  for (const r of list) byReason.set(r.why, [...(byReason.get(r.why) ?? []), r.name]);
  for (const [why, names] of byReason)
    console.log(`  ${why}: ${names.length > 6 ? `${names.slice(0, 5).join(" ")} … ${names.length} in all` : names.join(" ")}`);
}
if (native) {
  console.log("\nonnxruntime:");
  for (const r of rows) if (r.onnxruntime && r.onnxruntime !== "pass") console.log(`  ${r.name}: ${r.onnxruntime}`);
}

/** Text that does not change from run to run with where the tests lie. */
const plain = (why) => why.split("\n")[0].replaceAll("|", "\\|");

if (markdownFile) {
  const misses = CLASSES.slice(1).flatMap((c) => {
    const byReason = new Map();
    for (const r of rows.filter((r) => r.class === c)) {
      const why = c === "unsupported opset" ? `opset ${r.opset} (7 to 28 are read)` : plain(r.why);
      byReason.set(why, [...(byReason.get(why) ?? []), r.name]);
    }
    return [...byReason].map(
      ([why, names]) =>
        `| ${c} | ${why} | ${names.length} | ${names
          .slice(0, 2)
          .map((n) => `\`${n}\``)
          .join(", ")}${names.length > 2 ? ", …" : ""} |`,
    );
  });
  const lines = [
    "# Conformance",
    "",
    "Written by `node tools/conformance.mjs --markdown docs/conformance.md`. ONNX publishes backend tests: models with",
    "inputs and expected outputs. Each model is read, bound to the shapes of its inputs and evaluated by the float64 reference. Its outputs are",
    "compared with the expected ones at ONNX's tolerance: relative 1e-3 and absolute 1e-7; relative 2⁻⁹ and 2⁻⁶ where the expected output was",
    "rounded to float16 and bfloat16, which isograd reads as float32; exactly for integers and booleans. Where a model needs it, inputs that fix",
    "shapes or control flow are given before the run.",
    "",
    "The tests come from two sources: Debian's `libonnx-testdata` (onnx 1.12, as published), and the Python package `onnx`, whose cases",
    "`tools/fixtures/make_conformance.py DIR --converted` writes. These are cases for the newest version of each operator up to opset 28, the same",
    "cases converted by ONNX's version converter to older opsets (kind *older*: one case per opset before a change of the operator), and",
    "networks that PyTorch exported (opset 6, converted to 13).",
    "",
    ...summary.map((s) => `- ${s}`),
    "",
    ...table,
    "",
    "## Every case that does not pass",
    "",
    "*disputed*: runtimes do not give the expected output. *random*: the expected output is one draw of a generator that the standard does not",
    "specify. *ill-formed test*: the data of the test do not have the types that its model declares.",
    "",
    "| class | reason | cases | for example |",
    "|---|---|--:|---|",
    ...misses,
    ...(native
      ? [
          "",
          "## onnxruntime on the same graphs",
          "",
          "onnxruntime's native engine is given the same graphs. The table lists those that it does not run, or for which it gives another result.",
          "",
          "| case | what |",
          "|---|---|",
          ...rows
            .filter((r) => r.onnxruntime && r.onnxruntime !== "pass")
            .map(
              (r) =>
                `| \`${r.name}\` | ${plain(r.onnxruntime.replace(/^error: onnxruntime could not run the graph: /, "").replace(/\. Try --runtime.*/, ""))} |`,
            ),
        ]
      : []),
    "",
  ];
  writeFileSync(markdownFile, lines.join("\n"));
}

if (sampleFile) {
  // For every op the smallest case and the largest of at most LIMIT bytes, and cases of what once was wrong.
  const LIMIT = 800;
  const ALWAYS = /fullymasked|nan_robustness|negative_offset_structural|local_window|bidirectional_window|range_float_type_positive_delta_expanded/;
  const bytesIn = (path) =>
    [join(path, "model.onnx"), ...readdirSync(join(path, "test_data_set_0")).map((f) => join(path, "test_data_set_0", f))].reduce(
      (n, f) => n + readFileSync(f).length,
      0,
    );
  const sized = rows.filter((r) => r.class === "pass" && r.kind.endsWith("node")).map((r) => ({ ...r, size: bytesIn(r.path) }));
  const chosen = new Map();
  for (const op of new Set(sized.flatMap((r) => r.ops))) {
    const own = sized.filter((r) => r.ops.includes(op) && r.size <= 4000).sort((a, b) => a.size - b.size || (a.name < b.name ? -1 : 1));
    const large = own.filter((r) => r.size <= LIMIT && r.ops.length === 1 && r.tight).at(-1);
    for (const r of [own[0], large]) if (r) chosen.set(r.name, r);
  }
  for (const r of sized) if (ALWAYS.test(r.name) && r.size <= 3000) chosen.set(r.name, r);
  const cases = Object.fromEntries(
    [...chosen.values()]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((r) => {
        const set = join(r.path, "test_data_set_0");
        const base64 = (b) => b.toString("base64");
        return [
          r.name,
          {
            given: r.given,
            model: base64(readFileSync(join(r.path, "model.onnx"))),
            inputs: files(set, "input").map(base64),
            outputs: files(set, "output").map(base64),
          },
        ];
      }),
  );
  const source =
    "Backend tests of ONNX (github.com/onnx/onnx, Apache-2.0), as its Python package defines them; written by tools/conformance.mjs --sample";
  const text = JSON.stringify({ source, cases }).replaceAll('},"test_', '},\n"test_');
  writeFileSync(sampleFile, `${text}\n`);
  console.log(`\n${Object.keys(cases).length} cases in ${sampleFile}, ${text.length} bytes`);
}

if (jsonFile) writeFileSync(jsonFile, `${JSON.stringify(rows, null, 1)}\n`);
process.exitCode = rows.some((r) => r.class === "wrong" || r.class === "error") ? 1 : 0;
