import { describe, expect, it } from "vitest";
import { localQueue } from "../../src/jobs/local-queue.js";
import { buildNet } from "../../src/nn/build.js";
import { referenceRuntime } from "../../src/runtime/reference.js";
import { check } from "../../src/study/check.js";
import { claims } from "../../src/study/claims.js";
import { grad } from "../../src/study/grad.js";
import { net } from "../../src/study/net.js";
import { phase } from "../../src/study/phase.js";
import { predict } from "../../src/study/predict.js";

// Programs without types are refused in a sentence that names what was to be given.

const runtime = referenceRuntime();
const model = buildNet({ arch: "mlp", depth: 2, width: 4, batch: 2 });
const untyped = <T>(value: unknown): T => value as T;

describe("what is not what a function takes", () => {
  it.each([
    ["no model", () => check(untyped(undefined), { runtime }), /check takes a model/],
    ["the record of a net", () => check(untyped(net({ arch: "mlp", depth: 2, width: 4 })), { runtime }), /the model of what net returns/],
    ["no runtime", () => check(model, untyped({})), /check needs a runtime.*nodeRuntime/],
    ["no model to differentiate", () => grad(untyped({}), untyped({ runtime })), /grad takes a model/],
    ["no runtime to differentiate", () => grad(model, untyped({ batch: new Map() })), /grad needs a runtime/],
    ["no model to predict", () => predict(untyped("model.onnx")), /predict takes a model/],
    ["no queue for claims", () => claims([], untyped({})), /claims needs a queue.*threadQueue/],
    ["no queue for a diagram", () => phase(untyped({}), untyped({})), /phase needs a queue/],
    ["a claim that there is not", () => claims(["gradient-divides"], { queue: localQueue({ runtime }) }), /gradient-divided/],
  ])("%s", async (_, run, sentence) => {
    await expect(run()).rejects.toThrow(sentence);
  });
});

describe("options that there are not, and values that they do not take", () => {
  const queue = localQueue({ runtime });
  const diagram = { activation: "tanh", depth: 6, width: 4, seeds: 2, sigmaW2: [1, 2], sigmaB2: [0] } as const;
  it.each([
    [
      "a batch for batches",
      () => check(model, untyped({ runtime, batch: new Map() })),
      /^check has no option "batch" \(.*\)\. Did you mean "batches"\?$/,
    ],
    ["no batches", () => check(model, { runtime, batches: [] }), /"batches" of check is not valid \(expected a list of at least 1 Maps/],
    [
      "a loss by its name",
      () => check(model, untyped({ runtime, loss: "sum" })),
      /"loss" of check is not valid \(expected .*\{ kind: "sum" \}.*or "none", got "sum"\)/,
    ],
    ["no loss to differentiate", () => grad(model, untyped({ runtime, batch: new Map(), loss: "none" })), /"loss" of grad is not valid/],
    [
      "half precision",
      () => check(model, untyped({ runtime, dtype: "float16" })),
      /"dtype" of check is not valid \(expected float32 or float64, got "float16"\)/,
    ],
    ["a seed and a half", () => check(model, { runtime, seed: 1.5 }), /"seed" of check is not valid \(expected a whole number, got 1\.5\)/],
    [
      "a rate below zero",
      () => check(model, { runtime, learningRate: -1 }),
      /"learningRate" of check is not valid \(expected a positive number, got -1\)/,
    ],
    ["no batch", () => grad(model, untyped({ runtime })), /grad needs the option "batch" \(expected a Map/],
    ["dims that are none", () => predict(model, { dims: { N: 2.5 } }), /"dims" of predict is not valid/],
    [
      "a budget without depths",
      () => claims([], untyped({ queue, budget: { name: "quick", seeds: 4, width: 8 } })),
      /"budget" of claims is not valid \(expected \{ name: .*depths: /,
    ],
    [
      "an empty grid",
      () => phase({ ...diagram, sigmaW2: [] }, { queue }),
      /"sigmaW2" of phase is not valid \(expected a list of at least one number/,
    ],
    [
      "a depth of 2",
      () => phase({ ...diagram, depth: 2 }, { queue }),
      /"depth" of phase is not valid \(expected a whole number of at least 6, got 2\)/,
    ],
    ["no width", () => phase(untyped({ ...diagram, width: undefined }), { queue }), /phase needs the option "width"/],
    [
      "an option of net that there is not",
      () => Promise.resolve().then(() => net({ arch: "mlp" }, untyped({ seeds: 1 }))),
      /net has no option "seeds".*Did you mean "seed"/,
    ],
  ])("%s", async (_, run, sentence) => {
    await expect(run()).rejects.toThrow(sentence);
    await expect(run()).rejects.toMatchObject({ code: "usage/option" });
  });

  it("takes what is undefined as not given, and limits without a limit", async () => {
    const made = await predict(model, { dims: undefined, memoryLimit: Infinity, output: undefined });
    expect(made.blocks.length).toBeGreaterThan(0);
  });
});

it("takes claims by their ids", async () => {
  const budget = { name: "quick", seeds: 2, depths: [3, 4, 5], width: 4 } as const;
  const record = await claims(["gradient-divided"], { queue: localQueue({ runtime }), budget });
  expect(record.claims.map((c) => c.id)).toEqual(["gradient-divided"]);
});
