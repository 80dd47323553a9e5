import { describe, expect, it } from "vitest";
import { tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { readSafetensors } from "../../src/io/safetensors.js";
import { readOnnx } from "../../src/onnx/read.js";
import { CLIPPING_RULES } from "../../src/optim/clipping/index.js";
import { OPTIMISERS } from "../../src/optim/optimisers/index.js";
import { SCHEDULES } from "../../src/optim/schedules/index.js";
import { stepGraph } from "../../src/optim/step-graph.js";
import type { StepGraph } from "../../src/optim/step-graph.js";
import { bind } from "../../src/passes/bind.js";
import { runningStatistics, withBatchStatistics } from "../../src/passes/running-statistics.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { TRAINING_RUNS, trainingFile } from "../support/training-runs.js";
import type { TrainingRun } from "../support/training-runs.js";

function stepOf(net: string, run: TrainingRun): StepGraph {
  const batch = readSafetensors(trainingFile(`${net}.batch.safetensors`));
  const model = withBatchStatistics(readOnnx(trainingFile(`${net}.onnx`)));
  const { bound, statistics } = runningStatistics(bind(model, { dtype: "float64", shapes: { x: batch.get("x")!.shape }, trainNorm: true }));
  const optimiser = OPTIMISERS.find((o) => o.name === run.optimizer)!;
  const rule = CLIPPING_RULES.find((c) => c.name === run.clip);
  return stepGraph(bound, {
    loss: { kind: "cross-entropy" },
    labels: batch.get("labels")!,
    carried: statistics,
    rule: {
      optimiser,
      coefficients: optimiser.options.parse({}),
      decay: run.decay ?? 0,
      schedule: SCHEDULES[0]!,
      warmup: 0,
      steps: 10,
      clip: rule && { rule, bound: run.bound! },
    },
  });
}

describe.each(["mlp", "residual", "conv"])("ten steps of %s, as PyTorch makes them in float64", (net) => {
  const batch = readSafetensors(trainingFile(`${net}.batch.safetensors`));
  const wanted = readSafetensors(trainingFile(`${net}.steps.safetensors`));

  it.each(Object.entries(TRAINING_RUNS))("%s", (name, run) => {
    const made = stepOf(net, run);
    const state = new Map<string, Tensor>([...made.carry.keys()].map((k) => [k, made.graph.initializers.get(k)!]));
    const losses: number[] = [];
    for (let step = 0; step < 10; step++) {
      const graph = { ...made.graph, initializers: new Map([...made.graph.initializers, ...state]) };
      const feeds = new Map([...batch, [made.rate, tensor("float64", [], [run.lr])], [made.step, tensor("int64", [], [step])]]);
      const out = evaluateGraph(graph, feeds);
      losses.push(out.get(made.outputs.get("loss")!)!.data[0]!);
      for (const [k, o] of made.carry) state.set(k, out.get(o)!);
    }
    const truth = (key: string): readonly number[] => Array.from(wanted.get(`${name}/${key}`)!.data);
    const keys = [...wanted.keys()].filter((k) => k.startsWith(`${name}/`) && !k.endsWith("/loss")).map((k) => k.slice(name.length + 1));
    expect(keys.filter((k) => !state.has(k))).toEqual([]);
    expect(far(losses, truth("loss"))).toBeLessThan(1e-10);
    // A file holds the momentum of running statistics as a float32.
    for (const key of keys) expect(far(Array.from(state.get(key)!.data), truth(key)), key).toBeLessThan(key.includes("running") ? 1e-6 : 1e-10);
  });
});

/** The largest difference of two lists of numbers, in parts of the largest number. */
function far(a: readonly number[], b: readonly number[]): number {
  expect(a.length).toBe(b.length);
  return Math.max(...a.map((v, i) => Math.abs(v - b[i]!))) / Math.max(...b.map(Math.abs));
}
