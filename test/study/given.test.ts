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

it("takes claims by their ids", async () => {
  const budget = { name: "quick", seeds: 2, depths: [3, 4, 5], width: 4 } as const;
  const record = await claims(["gradient-divided"], { queue: localQueue({ runtime }), budget });
  expect(record.claims.map((c) => c.id)).toEqual(["gradient-divided"]);
});
