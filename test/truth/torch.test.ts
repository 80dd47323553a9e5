import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { gradient } from "../../src/autodiff/network.js";
import type { LossSpec } from "../../src/autodiff/network.js";
import { isFloat } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { readModel, readTensors } from "../../src/io/files.js";
import { bind } from "../../src/passes/bind.js";
import { verifyGraph } from "../../src/passes/verify.js";
import { openRuntime } from "../../src/runtime/select.js";
import type { Runtime } from "../../src/runtime/runtime.js";
import { feedsFor, splitBatch } from "../../src/data/batch.js";

// Networks that PyTorch exported, against PyTorch's own float64 gradients (made by tools/fixtures/make_fixtures.py).

interface Fixture {
  readonly name: string;
  readonly loss: string;
  readonly args: readonly string[];
  readonly tolerance32: number;
  readonly tolerance64: number;
  readonly parameters: readonly string[];
}

const folder = fileURLToPath(new URL("../fixtures/torch/", import.meta.url));
const index = JSON.parse(readFileSync(join(folder, "index.json"), "utf8")) as readonly Fixture[];
const runtimes = new Map<string, Runtime>();
afterAll(() => Promise.all([...runtimes.values()].map((r) => r.close())));

async function runtimeOf(name: "node" | "reference"): Promise<Runtime> {
  let runtime = runtimes.get(name);
  if (!runtime) runtimes.set(name, (runtime = await openRuntime(name, { threads: 1 })));
  return runtime;
}

async function gradientsOf(
  fixture: Fixture,
  dtype: "float32" | "float64",
  runtimeName: "node" | "reference",
): Promise<Map<string, Tensor | undefined>> {
  const model = readModel(join(folder, fixture.name, "model.onnx"));
  const batch = splitBatch(model, readTensors(join(folder, fixture.name, "batch.safetensors")));
  const loss: LossSpec = fixture.loss.startsWith("output:") ? { kind: "output", name: fixture.loss.slice(7) } : { kind: fixture.loss as "sum" };
  const option = fixture.args.indexOf("--output");
  const output = loss.kind === "output" ? loss.name : option < 0 ? undefined : fixture.args[option + 1]!;
  const bound = bind(model, {
    shapes: Object.fromEntries([...batch.inputs].map(([k, t]) => [k, t.shape])),
    outputs: [output ?? model.graph.outputs[0]!],
    dtype,
  });
  const wanted = loss.kind === "cross-entropy" ? batch.labels : loss.kind === "mse" ? batch.target : undefined;
  const result = gradient(bound, { loss, ...(wanted ? { labels: wanted } : {}), ...(output === undefined ? {} : { output }) });
  verifyGraph(result.graph);
  const tensors = new Map(batch.inputs);
  if (wanted) tensors.set(result.labelsInput!, wanted);
  const executable = await (await runtimeOf(runtimeName)).prepare(result.graph);
  const values = await executable.run(feedsFor(result.graph, tensors));
  await executable.dispose();
  const grads = new Map<string, Tensor | undefined>([...result.grads].map(([k, v]) => [k, v === undefined ? undefined : values.get(v)]));
  grads.set("loss", values.get(result.loss));
  return grads;
}

const square = (t: Tensor): number => Array.from(t.data).reduce((s, v) => s + v * v, 0);

describe.each(index.map((f) => [f.name, f] as const))("%s", (_, fixture) => {
  const truth = readTensors(join(folder, fixture.name, "truth64.safetensors"));
  for (const [dtype, runtime, tolerance] of [
    ["float64", "reference", fixture.tolerance64],
    ["float64", "node", fixture.tolerance64],
    ["float32", "node", fixture.tolerance32],
  ] as const) {
    it(`every parameter's gradient is PyTorch's in ${dtype} (${runtime})`, async () => {
      const grads = await gradientsOf(fixture, dtype, runtime);
      let [error, size, largest] = [0, 0, 0];
      for (const name of fixture.parameters) largest = Math.max(largest, Math.sqrt(square(truth.get(name)!)));
      for (const name of fixture.parameters) {
        const want = truth.get(name)!;
        expect(grads.has(name), `${name} is present`).toBe(true);
        const got = grads.get(name);
        let off = 0;
        want.data.forEach((v, i) => (off += (v - (got?.data[i] ?? 0)) ** 2));
        if (got) {
          expect(got.shape, name).toEqual(want.shape);
          expect(isFloat(got.dtype)).toBe(true);
        }
        const norm = Math.sqrt(square(want));
        if (norm > 1e-4 * largest) expect(Math.sqrt(off) / norm, name).toBeLessThan(20 * tolerance);
        error += off;
        size += norm * norm;
      }
      expect(Math.sqrt(error / size), "whole relative L2").toBeLessThan(tolerance);
      const loss = truth.get("loss")!.data[0]!;
      expect(Math.abs(grads.get("loss")!.data[0]! - loss)).toBeLessThan(tolerance * Math.max(1, Math.abs(loss)));
    });
  }
});
