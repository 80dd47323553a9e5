import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Tensor } from "../../src/graph/tensor.js";
import type { Model } from "../../src/graph/graph.js";
import { readModel, readTensors } from "../../src/io/files.js";
import { readWeights } from "../../src/io/weights-file.js";
import { bind } from "../../src/passes/bind.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { grad } from "../../src/study/grad.js";
import { loadWeights } from "../../src/study/weights.js";

const fixtures = fileURLToPath(new URL("../fixtures/merged/", import.meta.url));
const kind = (file: string): string => file.split(".")[0]!;
const truthOf = (file: string): Map<string, Tensor> => readTensors(join(fixtures, `${kind(file)}.safetensors`));
const model = (file: string): Model => readModel(join(fixtures, `${file}.onnx`));
const loaded = (file: string) => loadWeights(model(file), readWeights(join(fixtures, `${kind(file)}.pt`)));
const runtime = nodeRuntime();
void readFileSync;

const FILES = ["cnn.identity","cnn.inputs","cnn.folded","cnn.eval","cnn.train","cnn.shared","cnn.bare","resnet.identity","resnet.shared","preact.identity","mlp.identity","mlp.opset17","mlp.shared","gru.identity","gru.shared","encoder.identity","encoder.shared","tied.identity","zeros.identity","zeros.shared","twice.identity","twice.shared","twice.bare"];

async function gradients(m: Model, file: string, prefix: string) {
  const truth = truthOf(file);
  const batch = new Map([["x", truth.get("batch.x")!], ["labels", truth.get("batch.labels")!]]);
  const r = await grad(m, { runtime, batch, trainNorm: true, loss: { kind: "cross-entropy" } });
  const want = new Map([...truth].flatMap(([k, t]) => (k.startsWith(`${prefix}.grad.`) ? [[k.slice(prefix.length + 6), t] as const] : [])));
  const got = new Map([...r.tensors].filter(([k]) => k !== "loss"));
  const missing = [...want.keys()].filter((k) => !got.has(k));
  const extra = [...got.keys()].filter((k) => !want.has(k));
  let worst = 0;
  for (const [k, t] of want) { const g = got.get(k); if (!g) continue; const scale = Math.max(1e-3, ...Array.from(t.data, Math.abs)); for (let i = 0; i < t.data.length; i++) worst = Math.max(worst, Math.abs(t.data[i]! - g.data[i]!) / scale); }
  return { loss: r.loss - truth.get(`${prefix}.loss`)!.data[0]!, missing, extra, worst };
}

describe("x", () => {
  it.each(FILES)("%s", async (file) => {
    const truth = truthOf(file);
    const m = model(file);
    console.log(file, "merged", m.merged?.length, JSON.stringify(await gradients(m, file, "fresh")));
    const l = loaded(file);
    console.log(l.settings.map((s) => `${s.what}: ${s.value}`).join("\n"));
    const x = truth.get("batch.x")!;
    const { graph } = bind(l.model, { shapes: { x: x.shape }, trainNorm: false });
    const y = evaluateGraph(graph, new Map([["x", x]])).get("y")!;
    const e = truth.get("eval")!;
    console.log("eval", Math.max(...Array.from(e.data, (v, i) => Math.abs(v - y.data[i]!))), JSON.stringify(await gradients(l.model, file, "loaded")));
    expect(1).toBe(1);
  });
});
