// Runs check on many networks: node tools/verdicts.mjs DIR [--only NAME,…] [--table F.md] [--records F.json] [--from F.json,…]
// DIR has NAME/model.onnx, and beside it batch.safetensors and case.json ({ group, wanted, findings, args }) where there is one, as
// tools/fixtures/make_verdict_nets.py writes them. Prints one line for each network, and how it differs from what is wanted. --table writes
// docs/verdicts.md, --records stores the measurements, --from reads stored ones. Needs a build (npm run build).
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

const { main } = await import("../dist/cli/main.js");
const { duration, magnitude } = await import("../dist/util/format.js");
const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: { table: { type: "string" }, records: { type: "string" }, only: { type: "string" }, from: { type: "string" } },
});
const dir = positionals[0];
if (dir === undefined) throw new Error("usage: node tools/verdicts.mjs DIR");
const scratch = mkdtempSync(path.join(tmpdir(), "verdicts-"));
const only = given.only?.split(",");

/** Runs the command line in this process, and keeps what it would print. */
async function quietly(args) {
  const printed = [];
  const own = [process.stdout, process.stderr].map((stream) => [stream, stream.write]);
  for (const [stream] of own) {
    stream.write = (text) => {
      printed.push(String(text));
      return true;
    };
  }
  try {
    await main(args);
  } finally {
    for (const [stream, write] of own) stream.write = write;
  }
  return printed.join("");
}

function wantedOf(name) {
  const file = path.join(dir, name, "case.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}

async function check(name) {
  const at = path.join(dir, name);
  const wanted = wantedOf(name);
  const batch = path.join(at, "batch.safetensors");
  const out = path.join(scratch, "record.json");
  rmSync(out, { force: true });
  const args = ["check", path.join(at, "model.onnx"), ...(existsSync(batch) ? ["--batch", batch] : []), "--json", out, ...(wanted.args ?? [])];
  const start = performance.now();
  const printed = await quietly(args);
  const record = existsSync(out) ? JSON.parse(readFileSync(out, "utf8")) : null;
  return { name, wanted, record, seconds: (performance.now() - start) / 1000, error: record === null ? printed.trim().split("\n").at(-1) : null };
}

/** Writes e^ln; numbers that are not finite are strings in a record. */
const factor = (ln) => magnitude(ln === null || ln === undefined || ln === "NaN" ? null : Number(ln), "page");

/** `16 residual` or `8 plain, 2 residual`: the body's blocks. */
function blocksOf(record) {
  const body = record.blocks.filter((b) => b.role === "body");
  const counts = new Map();
  for (const b of body) counts.set(b.kind, (counts.get(b.kind) ?? 0) + 1);
  return [...counts].map(([kind, n]) => `${n} ${kind}`).join(", ") || "none";
}

const findingsOf = (record, severities) => record.findings.filter((f) => severities.includes(f.severity)).map((f) => f.rule);

/** What a record lacks of what is wanted, in words; empty when it is all there. */
function misses({ wanted, record }) {
  if (record === null) return wanted.error === true ? [] : ["no record"];
  const found = [];
  if (wanted.verdict !== undefined && ![wanted.verdict].flat().includes(record.verdict)) found.push(`wanted ${[wanted.verdict].flat().join(" or ")}`);
  const rules = record.findings.map((f) => f.rule);
  for (const rule of wanted.findings ?? []) if (!rules.includes(rule)) found.push(`lacks ${rule}`);
  if (wanted.first !== undefined && rules[0] !== wanted.first) found.push(`${wanted.first} is not told first`);
  const extra = findingsOf(record, ["error", "warning"]).filter((r) => !(wanted.findings ?? []).includes(r) && !(wanted.also ?? []).includes(r));
  if (wanted.verdict !== undefined && extra.length > 0) found.push(`also ${extra.join(", ")}`);
  return found;
}

const HEAD = ["network", "body", "rise", "fall", "law", "verdict", "errors and warnings", "info"];
function rowOf({ name, record, error }) {
  if (record === null) return [name, "", "", "", "", "error", error ?? "", ""];
  const { spread } = record;
  const told = (...severities) => findingsOf(record, severities).join(", ");
  const verdict = record.cause === null ? record.verdict : `${record.verdict} (${record.cause})`;
  return [
    name,
    blocksOf(record),
    factor(spread?.rise.value),
    factor(spread?.fall.value),
    record.law,
    verdict,
    told("error", "warning"),
    told("info"),
  ];
}

const kept = new Map((given.from?.split(",") ?? []).flatMap((f) => JSON.parse(readFileSync(f, "utf8")).map((r) => [r.name, r])));
const results = [];
const names = readdirSync(dir, { withFileTypes: true }).filter((d) => d.isDirectory() && existsSync(path.join(dir, d.name, "model.onnx")));
for (const { name } of names.sort((a, b) => (a.name < b.name ? -1 : 1))) {
  if (only && !only.includes(name)) continue;
  const result = kept.has(name) ? { ...kept.get(name), wanted: wantedOf(name) } : await check(name);
  results.push(result);
  console.log([...rowOf(result), duration(result.seconds), misses(result).join("; ")].join(" | "));
  if (given.records !== undefined) writeFileSync(given.records, JSON.stringify(results));
}
rmSync(scratch, { recursive: true });

if (given.table !== undefined) {
  const lines = [
    "# Verdicts on networks whose health is known\n",
    "This page lists what `isograd check` says about networks of which it is known whether their gradients vanish or explode. *Body* has the",
    "blocks that are judged. *Rise* and *fall* are factors on the norm of the gradient over the body, from output to input. The last two columns",
    "have the findings: errors and warnings, and those of severity `info`. [check.md](check.md) explains verdicts, laws and findings.\n",
    "`python3 tools/fixtures/make_verdict_nets.py DIR` makes the networks (PyTorch 1.13, torchvision 0.14; in training mode and with nothing folded",
    "unless this is the point; batches of 8 images of 64×64 unless the name says otherwise), and `node tools/verdicts.mjs DIR --table",
    "docs/verdicts.md` writes the page. Inputs are drawn at random, and cotangents where a network has no labels or targets. What is called healthy",
    "was published as trained from this initialisation, or trains: `tools/fixtures/train_verdict_nets.py` has done so where one may doubt it.",
  ];
  for (const group of new Set(results.map((r) => r.wanted.group ?? "networks"))) {
    const own = results.filter((r) => (r.wanted.group ?? "networks") === group);
    const clean = own.filter((r) => r.record?.verdict === "healthy" && findingsOf(r.record, ["error", "warning"]).length === 0);
    lines.push(
      `\n## ${group}\n`,
      `${clean.length} of ${own.length} are healthy, with nothing above info.\n`,
      `| ${HEAD.join(" | ")} |`,
      `|${HEAD.map(() => "---").join("|")}|`,
    );
    for (const r of own) lines.push(`| ${rowOf(r).join(" | ")} |`);
    const notes = own.filter((r) => r.wanted.note !== undefined);
    if (notes.length > 0) lines.push("");
    for (const r of notes) lines.push(`- ${r.name}: ${r.wanted.note}`);
    const curved = own.filter((r) => r.wanted.lambdaMax !== undefined && r.record?.curvature);
    if (curved.length > 0) lines.push("");
    for (const r of curved)
      lines.push(`- ${r.name}: λmax ${r.record.curvature.lambdaMax.toPrecision(6)}, PyTorch in float64 ${r.wanted.lambdaMax.toPrecision(6)}.`);
  }
  writeFileSync(given.table, `${lines.join("\n")}\n`);
}
const wrong = results.filter((r) => misses(r).length > 0);
console.log(`\n${results.length} networks, ${wrong.length} not as wanted${wrong.length > 0 ? `: ${wrong.map((r) => r.name).join(", ")}` : ""}`);
