// One launch of isograd on one network, from the file to the gradients.
// usage: gradients.mjs FILE REPETITIONS THREADS [native|wasm]     FILE.json beside it describes the batch; one JSON line on stdout
import { readFileSync } from "node:fs";
import { bind, gradient, load, nodeRuntime, tensor, wasmRuntime } from "../dist/node.js";
import { lowerForNode } from "../dist/runtime/lowering/node.js";
import { planGraph } from "../dist/runtime/plan.js";
import { newBuilder } from "../dist/ops/registry.js";
import { batchOf } from "./nets.mjs";

const [file, repetitions, threads] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const { inputs, labels } = batchOf(JSON.parse(readFileSync(`${file}.json`, "utf8")));

const ms = {};
async function timed(name, what) {
  const start = performance.now();
  const value = await what();
  ms[name] = performance.now() - start;
  return value;
}

const runtime = process.argv[5] === "wasm" ? wasmRuntime({ threads }) : nodeRuntime({ threads });
await startThread();
const model = await timed("read", () => load(file));
const bound = await timed("bind", () => bind(model));
const net = await timed("differentiate", () => gradient(bound, { loss: { kind: "cross-entropy" }, labels }));
await timed("plan", () => planGraph(lowerForNode(net.graph)));
const executable = await timed("prepare", () => runtime.prepare(net.graph));

const feeds = new Map([...inputs, [net.labelsInput, labels]]);
const runs = [];
let loss;
for (let repetition = 0; repetition < 2 + repetitions; repetition++) {
  const start = performance.now();
  const values = await executable.run(feeds);
  if (repetition >= 2) runs.push(performance.now() - start);
  loss = values.get(net.loss).data[0];
}
await runtime.close();
const parameters = net.parameters.reduce((n, p) => n + p.value.data.length, 0);
console.log(
  JSON.stringify({ ms: runs, steps: ms, parameters, loss, nodes: net.graph.nodes.length, peakBytes: process.resourceUsage().maxRSS * 1024 }),
);

/** Starts the runtime's thread and loads onnxruntime, which a process pays once. */
async function startThread() {
  const b = newBuilder();
  b.outputs.push(b.neg(b.input("x", { dtype: "float32", shape: [1] })));
  await (await runtime.prepare(b.build("start"))).run(new Map([["x", tensor("float32", [1], [0])]]));
}
