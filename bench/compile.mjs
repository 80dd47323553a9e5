// node bench/compile.mjs [--json FILE]
// How long reading, binding, differentiating and planning take as a network grows: MLP files of 1,250 to 40,000 nodes. Nothing is run.
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
if (!existsSync(here("../dist/index.js"))) execFileSync(process.execPath, [here("../tools/build.mjs")], { stdio: "inherit" });
const { deepMlp } = await import("./nets.mjs");
const { bind, gradient, readOnnx } = await import("../dist/index.js");
const { planGraph } = await import("../dist/runtime/plan.js");
const { lowerForNode } = await import("../dist/runtime/lowering/node.js");

const { values: given } = parseArgs({ options: { json: { type: "string" }, rounds: { type: "string", default: "3" } } });
const SIZES = [1250, 2500, 5000, 10000, 20000, 40000];
const STEPS = ["read", "bind", "differentiate", "plan"];

/** One pass from the file's bytes to the plan; ms of each step. */
function pass(net) {
  const ms = {};
  const timed = (name, what) => {
    const start = performance.now();
    const value = what();
    ms[name] = performance.now() - start;
    return value;
  };
  const model = timed("read", () => readOnnx(net.bytes));
  const bound = timed("bind", () => bind(model));
  const { graph } = timed("differentiate", () => gradient(bound, { loss: { kind: "cross-entropy" }, labels: { dtype: "int64", shape: net.labels } }));
  const plan = timed("plan", () => planGraph(lowerForNode(graph)));
  return { ms, gradientNodes: graph.nodes.length, pieces: plan.pieces.length, steps: plan.steps.length };
}

pass(deepMlp(SIZES[0] / 2));
const rows = SIZES.map((size) => {
  const net = deepMlp(size / 2);
  const passes = Array.from({ length: Number(given.rounds) }, () => pass(net));
  const ms = Object.fromEntries(STEPS.map((s) => [s, Math.min(...passes.map((p) => p.ms[s]))]));
  const total = Math.min(...passes.map((p) => STEPS.reduce((t, s) => t + p.ms[s], 0)));
  return { nodes: net.nodes, gradientNodes: passes[0].gradientNodes, pieces: passes[0].pieces, ms, total };
});

const pad = (cells) => cells.map((c, i) => String(c).padStart([8, 10, 8, 9, 9, 15, 9, 9, 14][i])).join("");
console.log(`node ${process.version}; ms, least of ${given.rounds} passes\n`);
console.log(pad(["nodes", "gradient", "pieces", ...STEPS, "total", "µs per node"]));
for (const r of rows)
  console.log(
    pad([r.nodes, r.gradientNodes, r.pieces, ...STEPS.map((s) => r.ms[s].toFixed(0)), r.total.toFixed(0), ((1e3 * r.total) / r.nodes).toFixed(1)]),
  );

// A straight line in nodes and milliseconds is a straight line of stars.
const slowest = Math.max(...rows.map((r) => r.total));
console.log(
  `\n${rows.map((r) => `${String(r.nodes).padStart(8)} ${"*".repeat(Math.max(1, Math.round((100 * r.total) / slowest)))} ${r.total.toFixed(0)} ms`).join("\n")}`,
);
const worst = rows.find((r) => r.nodes >= 9999);
console.log(`\n10,000 nodes: ${(worst.total / 1e3).toFixed(2)} s (limit 2 s)`);
if (given.json !== undefined) writeFileSync(given.json, `${JSON.stringify(rows, undefined, 1)}\n`);
