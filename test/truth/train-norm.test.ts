import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Tensor } from "../../src/graph/tensor.js";
import { readModel, readTensors } from "../../src/io/files.js";
import { openRuntime } from "../../src/runtime/select.js";
import type { Runtime } from "../../src/runtime/runtime.js";
import { grad } from "../../src/study/grad.js";

// One network with BatchNorms that PyTorch exported in inference mode, against PyTorch's own float64 gradients in either mode (made by tools/fixtures/make_exports.py).

const folder = fileURLToPath(new URL("../fixtures/exports/", import.meta.url));
const tensors = (name: string): Map<string, Tensor> => readTensors(join(folder, name));

let runtime: Runtime;
beforeAll(async () => (runtime = await openRuntime("node", { threads: 1 })));
afterAll(() => runtime.close());

describe.each(["torchscript13", "torchscript17", "dynamo"])("norms in inference mode (%s)", (file) => {
  it.each([
    [true, "train64", "float64", 1e-9],
    [false, "eval64", "float64", 1e-9],
    [true, "train64", "float32", 1e-4],
  ] as const)("trainNorm %s gives PyTorch's %s in %s", async (trainNorm, truth, dtype, tolerance) => {
    const model = readModel(join(folder, `norms.${file}.onnx`));
    const record = await grad(model, { runtime, batch: tensors("norms.safetensors"), trainNorm, dtype });
    for (const [name, want] of tensors(`norms.${truth}.safetensors`)) {
      const got = record.tensors.get(name);
      expect(got?.shape, name).toEqual(want.shape);
      const off = Math.hypot(...want.data.map((v, i) => v - got!.data[i]!));
      // A bias before a norm over the batch has no gradient: rounding alone is left.
      expect(off, name).toBeLessThan(tolerance * Math.max(0.01, Math.hypot(...want.data)));
    }
  });
});

describe("norms in training mode that cannot be had", () => {
  const alone = (t: Tensor): Tensor => ({ ...t, shape: [1, ...t.shape.slice(1)], data: t.data.slice(0, t.data.length / t.shape[0]!) });
  const gradOf = async (file: string, batch: Map<string, Tensor>) =>
    grad(readModel(join(folder, file)), { runtime, batch, trainNorm: true, loss: { kind: "cross-entropy" } });

  it("are named where a batch of one has no space", async () => {
    const batch = new Map([...tensors("norms.safetensors")].map(([name, t]) => [name, alone(t)]));
    const { warnings } = await gradOf("norms.torchscript17.onnx", batch);
    expect(warnings[0]).toMatch(/^"[^"]*norm3[^"]*" has one value per channel in this batch, so it runs with the statistics of the file$/);
  });
  it("are said to be none where they were folded", async () => {
    const { warnings } = await gradOf("norms.dynamo.folded.onnx", tensors("norms.safetensors"));
    expect(warnings[0]).toMatch(/^the network has no BatchNormalization, so --train-norm changes nothing/);
  });
});
