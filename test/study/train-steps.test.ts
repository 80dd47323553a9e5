import { afterAll, describe, expect, it } from "vitest";
import { tensorsAsData } from "../../src/data/shared/tensors-as-data.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { readSafetensors } from "../../src/io/safetensors.js";
import { readOnnx } from "../../src/onnx/read.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { train } from "../../src/study/train.js";
import { memoryKeeper } from "../support/keeper.js";
import { TRAINING_RUNS, trainingFile } from "../support/training-runs.js";

// Ten full-batch steps in float32, from a file and data to the weights that are kept, against PyTorch's in float64 (tools/fixtures/make_training.py).

const runtime = nodeRuntime();
afterAll(() => runtime.close());

/** Σ of squares, and of squared differences. */
function squares(truth: Tensor, own: Tensor | undefined): readonly [number, number] {
  let [all, off] = [0, 0];
  truth.data.forEach((v: number, i: number) => {
    all += v * v;
    off += (v - own!.data[i]!) ** 2;
  });
  return [all, off];
}

describe.each(["mlp", "residual", "conv"])("ten full-batch steps of %s in float32", (net) => {
  const wanted = readSafetensors(trainingFile(`${net}.steps.safetensors`));

  it.each(Object.entries(TRAINING_RUNS))("%s", async (name, run) => {
    const keeper = memoryKeeper();
    const record = await train(readOnnx(trainingFile(`${net}.onnx`), { name: `${net}.onnx` }), {
      data: tensorsAsData(readSafetensors(trainingFile(`${net}.batch.safetensors`)), "batch"),
      runtime,
      keeper,
      optimizer: run.optimizer,
      lr: run.lr,
      weightDecay: run.decay ?? 0,
      ...(run.clip === undefined ? {} : { clip: `${run.clip}:${run.bound}` }),
      batchSize: "all",
      steps: 10,
    });
    expect(record.steps).toBe(10);
    const own = keeper.tensors("weights.safetensors");
    const names = [...wanted.keys()].filter((k) => k.startsWith(`${name}/`) && !k.includes("/slot/") && !k.endsWith("/loss"));
    const parts = names.map((k) => squares(wanted.get(k)!, own.get(k.slice(name.length + 1))));
    const all = parts.reduce((a, [v]) => a + v, 0);
    const off = parts.reduce((a, [, v]) => a + v, 0);
    expect(Math.sqrt(off / all)).toBeLessThan(2e-5);
  });
});
