// Writes docs/ops.md, the table of supported ops, from the registry: node tools/ops-table.mjs [--check]
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { tsImport } from "tsx/esm/api";

// The compiled ops have no examples.
const { OPS } = await tsImport("../src/ops/index.ts", import.meta.url);
const { MISSING } = await tsImport("../src/runtime/lowering/kernels.ts", import.meta.url);

const gradient = (op) => {
  if (!("evaluate" in op)) return "by decomposition";
  if (typeof op.vjp === "function") return "yes";
  return "zero" in op.vjp ? `zero: ${op.vjp.zero}` : `none: ${op.vjp.none}`;
};
const fixed = (op) =>
  Object.entries(op.inputs)
    .filter(([, port]) => port.static)
    .map(([name]) => name)
    .join(", ");
/** `elementwise`, `pools: mean`, `product`: a word for each trait. */
const traits = (op) =>
  Object.entries(op.traits ?? {})
    .map(([name, value]) => (typeof value === "string" ? `${name}: ${value}` : name))
    .join(", ");
/** The float types for which onnxruntime has a kernel. */
const kernels = (op) => {
  if (!("evaluate" in op) || (op.domain ?? "") !== "") return "";
  return ["float32", "float64"].filter((dtype) => !MISSING[dtype]?.has(op.name)).join(", ");
};
const rows = (domain) =>
  OPS.filter((op) => (op.domain ?? "") === domain).map(
    (op) => `| ${op.name} | ${op.since.join(", ")} | ${gradient(op)} | ${fixed(op)} | ${kernels(op)} | ${traits(op)} | ${op.examples.length} |`,
  );

const head = ["| op | since-versions | gradient | not differentiated by | kernels | traits | examples |", "|---|---|---|---|---|---|---|"];
const foreign = [...new Set(OPS.map((op) => op.domain ?? ""))].filter((d) => d !== "" && d !== "isograd").sort();
const own = OPS.filter((op) => (op.domain ?? "") === "");
const text = `# Supported ops

An ONNX file is a graph of operators (ops). This page lists the ops that isograd can read and differentiate. It is written by
\`node tools/ops-table.mjs\` from the op files in src/ops.

isograd reads files of opsets 7 to 28 and converts every op to its last since-version below. "By decomposition" means that the op is
replaced by others of this table before anything else happens, so that its gradient follows from theirs. "Not differentiated by" names
inputs by which no gradient is taken. "Kernels" names the float types in which onnxruntime computes the op, natively and in WebAssembly alike;
in the other one the op's own file does, in plain loops. Traits are facts about the op that the rest of the program uses; src/ops/traits.ts
explains them. Each example is a test: it is compared with onnxruntime and with central differences, differentiated twice, and run on every
runtime, in a browser too.

${own.length} ops of ai.onnx:

${[...head, ...rows("")].join("\n")}
${foreign.map((d) => `\n${d}:\n\n${[...head, ...rows(d)].join("\n")}\n`).join("")}
Sequences are lists of tensors whose lengths are known before the run. Binding removes them from the graph. The ops on them have no examples
of their own; test/passes/sequences.test.ts runs them in networks.

Not supported are quantised ops, optionals, strings, and whatever the table lacks; also Loop, If and positions in sequences that depend on
the data, and sequences as inputs or outputs of a network. One error lists everything in a file that is not supported.
`;
const path = fileURLToPath(new URL("../docs/ops.md", import.meta.url));
if (process.argv.includes("--check")) {
  if (readFileSync(path, "utf8") !== text) {
    console.error("docs/ops.md is out of date: run node tools/ops-table.mjs");
    process.exit(1);
  }
} else writeFileSync(path, text);
