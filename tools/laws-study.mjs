// Compares the laws of src/theory/laws with what PyTorch and isograd measure, at the sizes of docs/laws.md:
//   node tools/laws-study.mjs [--seeds N] [--out docs/laws.md]
// PyTorch's numbers are those of test/fixtures/laws.json (tools/fixtures/make_law_truth.py); isograd's are trials, measured now. Prints the table, or puts it
// between the two marks of the page. Needs a build.
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { register } from "tsx/esm/api";

register();
const { ANCHORS, holds } = await import("../test/theory/anchors.ts");
const { threadQueue, runTrials } = await import("../dist/node.js");

const { values: given } = parseArgs({
  options: { seeds: { type: "string", default: "8" }, out: { type: "string" }, only: { type: "string", default: "" } },
});
const seeds = Number(given.seeds);

/** The trial of a network that is also in PyTorch's list, by its name; undefined where isograd has no measurement of it. */
function specOf(name) {
  const number = (key) => Number(new RegExp(`${key}=([\\d.-]+)`).exec(name)?.[1]);
  const [depth, width] = [number("L"), number("n")];
  const he = (weightVariance, biasVariance = 0) => ({ scheme: "he", weightVariance, ...(biasVariance > 0 ? { biasVariance } : {}) });
  const skip = (more, examples = 8) => ({ net: { arch: "residual-mlp", branch: "act-weight", bias: false, depth, width, ...more }, examples });
  const batched = { by: "batch" };
  if (name.startsWith("plain relu, one")) return { net: { arch: "mlp", depth, width, bias: false }, examples: 1, seeds: 400 };
  if (name.startsWith("plain relu")) return { net: { arch: "mlp", depth, width, bias: false, init: he(number("σ_w²")) }, examples: 16 };
  if (name.startsWith("batch norm, conv"))
    return {
      net: { arch: "plain-conv", depth, width: 64, input: [64, 8, 8], padding: "circular", norm: "batch", bias: false },
      examples: 16,
      ...batched,
    };
  if (name.startsWith("batch norm on")) return undefined;
  if (name.startsWith("batch norm")) {
    const activation = /batch norm, (\w+)/.exec(name)[1];
    const scale = /×([\d.]+)/.exec(name)?.[1];
    const layer = name.includes("act-norm") ? "weight-act-norm" : "weight-norm-act";
    return {
      net: { arch: "mlp", activation, norm: "batch", layer, depth, width, bias: false, init: he(2 * Number(scale ?? 1) ** 2) },
      examples: number("N"),
      ...batched,
    };
  }
  if (name.startsWith("bare skip")) return skip({});
  if (name.startsWith("skip with two")) return skip({ branch: "weight-act-weight" });
  if (name.startsWith("skip × 1/√L")) return skip({ branchScale: "1/sqrt(L)" });
  if (name.startsWith("skip × 1/L")) return skip({ branchScale: "1/L" });
  if (name.startsWith("skip with tanh")) return skip({ branch: "weight-act-weight", activation: "tanh", init: he(1) }, 4);
  const inside = /^skip with (\d) batch/.exec(name);
  if (inside) return { ...skip({ branch: Array(Number(inside[1])).fill("norm-act-weight").join("-"), norm: "batch" }, 64), ...batched };
  const v1 = /^resnet v1, (\d)/.exec(name);
  if (v1) return { ...skip({ branch: v1[1] === "1" ? "weight-norm" : "weight-norm-act-weight-norm", norm: "batch", after: "act" }, 128), ...batched };
  if (name.startsWith("pre-LN")) return skip({ branch: "norm-act-weight", norm: "layer" });
  if (name.startsWith("post-LN")) return skip({ norm: "layer", after: "norm" });
  const gates = /^highway, χ=([\d.]+), b=([\d.-]+)/.exec(name);
  if (gates)
    return {
      net: { arch: "highway", gateBias: Number(gates[2]), gateVariance: 0, depth, width, init: he(2 * Number(gates[1])) },
      examples: 8,
      seeds: 2 * seeds,
    };
  return undefined;
}

const queue = threadQueue();
const drop = (values) => 2 * (values[0] - values[values.length - 1]);
const known = new Map();
/** Mean and standard error of ln G over seeds, by trials. */
async function measured(name) {
  if (known.has(name)) return known.get(name);
  const spec = specOf(name);
  let result;
  if (spec) {
    const { net, examples, by, seeds: own = seeds } = spec;
    const trials = Array.from({ length: own }, (_, seed) => ({
      net: { ...net, classes: null },
      batch: { examples },
      measure: "profile",
      seed: seed + 1000,
      dtype: "float64",
    }));
    const values = (await runTrials(trials, { queue })).map(({ result: r }) => drop(by === "batch" ? r.lnGradient : r.lnGradientByExample));
    const mean = values.reduce((a, b) => a + b) / own;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / (own - 1);
    result = { value: mean, error: Math.sqrt(variance / own), variance, own };
  }
  known.set(name, result);
  return result;
}

/** The same quantity as an anchor's, from trials: a total, a rate or an exponent of two depths, a variance. */
async function own(anchor) {
  const { net, what } = anchor;
  if (what === "ln G") return measured(net);
  if (what === "variance of ln G") {
    const m = await measured(net);
    return { value: m.variance, error: m.variance * Math.sqrt(2 / m.own) };
  }
  const at = (depth) => net.replace(/ over L=.*/, "").replace(/L=\d+$/, `L=${depth}`);
  const depth = Number(/L=(\d+)( over|$)/.exec(net)?.[1]);
  if (what === "factor a layer") {
    const from = anchor.from ?? (net.includes("identity") ? 2 : net.includes("conv") ? 3 : 5);
    const [a, b] = [await measured(at(from)), await measured(at(depth))];
    if (!a || !b) return undefined;
    const rate = Math.exp((b.value - a.value) / (depth - from));
    return { value: rate, error: (rate * Math.hypot(a.error, b.error)) / (depth - from) };
  }
  if (what === "exponent") {
    const from = Number(/over L=(\d+)/.exec(net)[1]);
    const [a, b] = [await measured(at(from)), await measured(at(depth))];
    const by = Math.log(depth / from);
    return a && b && { value: (b.value - a.value) / by, error: Math.hypot(a.error, b.error) / by };
  }
  return undefined;
}

const digits = (x) => (Math.abs(x) >= 100 ? x.toFixed(1) : Math.abs(x) >= 10 ? x.toFixed(2) : x.toFixed(3)).replace("-", "−");
const lines = ["| law | network | number | law, ± band | PyTorch | isograd | recalled |", "|---|---|---|---|---|---|---|"];
for (const a of ANCHORS.filter((x) => x.net.includes(given.only))) {
  const ours = await own(a);
  const show = (m) => (m ? `${digits(m.value)} ± ${m.error.toPrecision(1)}` : "–");
  const line = `| ${a.law} | ${a.net} | ${a.what} | ${digits(a.predicted)} ± ${a.band.toPrecision(1)} | ${show(a.measured)}${holds(a) ? "" : " **off**"} | ${show(ours)}${
    ours && !holds({ ...a, measured: ours }) ? " **off**" : ""
  } | ${a.recalled ?? ""} |`;
  lines.push(line);
  process.stderr.write(`${line}\n`);
}
await queue.close();
const table = lines.join("\n");
if (given.out === undefined) console.log(table);
else {
  const [begin, end] = ["<!-- measured: node tools/laws-study.mjs -->", "<!-- end -->"];
  const page = readFileSync(given.out, "utf8");
  writeFileSync(given.out, `${page.slice(0, page.indexOf(begin) + begin.length)}\n\n${table}\n\n${page.slice(page.indexOf(end))}`);
}
