import { afterAll, describe, expect, it } from "vitest";
import { buildNet } from "../../src/nn/build.js";
import type { NetSpec } from "../../src/nn/spec.js";
import { readOnnx } from "../../src/onnx/read.js";
import { OPTIMISERS } from "../../src/optim/optimisers/index.js";
import { bind } from "../../src/passes/bind.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { referenceRuntime } from "../../src/runtime/reference.js";
import { run } from "../../src/runtime/run.js";
import { check } from "../../src/study/check.js";
import { train } from "../../src/study/train.js";
import type { TrainOptions } from "../../src/study/train.js";
import { trainFromJson, trainJson } from "../../src/study/train-record.js";
import { gathered } from "../../src/data/fitted.js";
import { madeData } from "../support/made-data.js";
import { memoryKeeper } from "../support/keeper.js";

const runtime = nodeRuntime();
afterAll(() => runtime.close());

const MLP: NetSpec = { arch: "mlp", depth: 3, width: 16, input: 8, classes: 4 };
const CONV: NetSpec = { arch: "plain-conv", depth: 2, width: 4, input: [2, 6, 6], classes: 4, norm: "batch" };
const LSTM: NetSpec = { arch: "rnn", cell: "lstm", length: 5, width: 8, input: 4, classes: 4 };

const row = madeData([8]);
const options = (more: Partial<TrainOptions> = {}): TrainOptions => ({ data: row, runtime, batchSize: 16, steps: 24, seed: 3, ...more });

describe("training", () => {
  it("learns, and says how well on examples that it never saw", async () => {
    const record = await train(buildNet(MLP), options({ data: madeData([8], { count: 960, validation: 400 }), epochs: 12, steps: undefined }));
    expect(record.accuracy).toBeGreaterThan(0.85);
    expect(record.diverged).toBeNull();
    expect(record.best!.accuracy).toBeGreaterThanOrEqual(record.accuracy!);
    expect(record.data).toMatchObject({ examples: 960, validation: 400, classes: 4 });
    expect(record.steps).toBe(720);
    expect(trainFromJson(trainJson(record))).toEqual(record);
  });

  it("makes the same steps however often it is looked at", async () => {
    const [often, never] = [memoryKeeper(), memoryKeeper()];
    await train(buildNet(CONV), options({ data: madeData([2, 6, 6]), profiles: 24, keeper: often }));
    await train(buildNet(CONV), options({ data: madeData([2, 6, 6]), profiles: 0, keeper: never }));
    expect(often.kept.get("weights.safetensors")).toEqual(never.kept.get("weights.safetensors"));
  });

  it.each([["mlp", MLP, [8]] as const, ["a convolutional network with norms", CONV, [2, 6, 6]] as const])(
    "goes on with %s as if it had not stopped, by every optimiser",
    async (_, spec, shape) => {
      for (const { name } of OPTIMISERS) {
        const whole = memoryKeeper();
        await train(buildNet(spec), options({ data: madeData(shape), optimizer: name, keeper: whole, schedule: "cosine", clip: "norm:1" }));
        const middle = whole.checkpoints.find((c) => c.step > 6 && c.step < 20)!;
        const again = memoryKeeper(middle);
        await train(buildNet(spec), options({ data: madeData(shape), optimizer: name, keeper: again, schedule: "cosine", clip: "norm:1" }));
        expect(again.kept.get("weights.safetensors"), name).toEqual(whole.kept.get("weights.safetensors"));
        expect(again.text, name).toBe(whole.text);
      }
    },
  );

  it("gives a network for inference that computes what it was scored by", async () => {
    const data = madeData([2, 6, 6]);
    const keeper = memoryKeeper();
    const record = await train(buildNet(CONV), options({ data, keeper }));
    const model = readOnnx(keeper.kept.get("model.onnx")!);
    const { count, inputs, answers } = data.validation!;
    const all = Int32Array.from({ length: count }, (_, i) => i);
    const x = gathered(inputs.get("")!, all, [count]);
    const bound = bind(model, { shapes: { [model.graph.inputs[0]!.name]: x.shape } });
    const logits = (await run(bound.graph, new Map([[bound.graph.inputs[0]!.name, x]]), referenceRuntime())).get(bound.graph.outputs[0]!)!;
    const labels = gathered(answers!.column, all, [count]).data;
    const right = all.filter((i) => {
      const own = [...logits.data.subarray(4 * i, 4 * i + 4)];
      return own.indexOf(Math.max(...own)) === labels[i];
    });
    expect(right.length / count).toBeCloseTo(record.accuracy!, 6);
  });

  it("leaves alone what is frozen", async () => {
    const keeper = memoryKeeper();
    const model = buildNet(MLP);
    const [frozen, other] = [...model.graph.initializers.keys()].filter((n) => n.includes("weight"));
    const record = await train(model, options({ frozen: [frozen!], keeper }));
    const kept = readOnnx(keeper.kept.get("model.onnx")!).graph.initializers;
    expect(kept.get(frozen!)!.data).toEqual(model.graph.initializers.get(frozen!)!.data);
    expect(kept.get(other!)!.data).not.toEqual(model.graph.initializers.get(other!)!.data);
    expect(record.setAside).toEqual([{ name: frozen, why: "frozen, as asked for" }]);
  });
});

describe("a run that fails", () => {
  it("stops at the same step however many were made at once, with the state before it, which check replays", async () => {
    const diverging = { optimizer: "momentum", lr: 1e4, steps: 200 } as const;
    const [chunks, single] = [memoryKeeper(), memoryKeeper()];
    const record = await train(buildNet(MLP), options({ ...diverging, profiles: 0, keeper: chunks }));
    const other = await train(buildNet(MLP), options({ ...diverging, profiles: 200, keeper: single }));
    const { diverged } = record;
    expect(diverged!.step).toBeGreaterThan(0);
    expect(other.diverged!.step).toBe(diverged!.step);
    expect(single.kept.get("failure/weights.safetensors")).toEqual(chunks.kept.get("failure/weights.safetensors"));
    expect(record.steps).toBe(diverged!.step);
    expect(diverged!.examples).toHaveLength(16);
    expect([...chunks.kept.keys()].some((k) => k.startsWith("weights"))).toBe(false);
    for (const [, t] of chunks.tensors("failure/weights.safetensors")) expect(t.data.every((v: number) => Number.isFinite(v))).toBe(true);
    if (diverged!.where === "update") return;
    const replayed = await check(readOnnx(chunks.kept.get("failure/model.onnx")!), {
      runtime,
      batches: [chunks.tensors("failure/batch.safetensors")],
    });
    expect(replayed.verdict).toBe("non-finite");
  });

  it("says so where loss and gradient are finite and the step is not", async () => {
    const record = await train(buildNet(MLP), options({ optimizer: "adam", lr: 3e38, steps: 5 }));
    expect(record.diverged).toMatchObject({ where: "update", step: 0 });
    expect(record.diverged!.told).toMatch(/the steps are too large/);
  });
});

describe("learning examples by heart", () => {
  it("ends when it has", async () => {
    const record = await train(buildNet(MLP), options({ overfit: 8, batchSize: undefined, steps: undefined, optimizer: "adam", lr: 0.01 }));
    expect(record.overfit).toMatchObject({ examples: 8, learned: true });
    expect(record.steps).toBeLessThan(1000);
  });

  it("says where it has not", async () => {
    const record = await train(buildNet(MLP), options({ overfit: 8, batchSize: undefined, steps: 20, lr: 1e-6 }));
    expect(record.overfit!.learned).toBe(false);
    expect(record.overfit!.told).toMatch(/not learned by heart in 20 steps/);
  });
});

describe("data that does not fit", () => {
  it.each([
    ["a label that the network has no class for", { ...MLP, classes: 3 }, madeData([8]), /has the label 3/],
    ["another size", MLP, madeData([9]), /another shape/],
    ["a batch larger than the data", MLP, madeData([8], { count: 10 }), /more than the 10 examples/],
  ])("%s is refused", async (_, spec, data, words) => {
    await expect(train(buildNet(spec), options({ data }))).rejects.toThrow(words);
  });

  it("a number that is none is refused by its example", async () => {
    const data = madeData([8]);
    const column = data.train.inputs.get("")!;
    const broken = {
      ...column,
      copy: (index: number, out: Parameters<typeof column.copy>[1], at: number) => {
        column.copy(index, out, at);
        if (index === 71) out[at + 2] = NaN;
      },
    };
    const given = { ...data, train: { ...data.train, inputs: new Map([["", broken]]) } };
    await expect(train(buildNet(MLP), options({ data: given }))).rejects.toThrow(/example 71 holds NaN/);
  });

  it("a norm over one example is refused", async () => {
    await expect(train(buildNet({ ...MLP, norm: "batch" }), options({ batchSize: 1 }))).rejects.toThrow(/has no spread/);
  });

  it("a class that no example has is said", async () => {
    const record = await train(buildNet({ ...MLP, classes: 6 }), options());
    expect(record.settings.filter((s) => s.what === "note").map((s) => s.value)).toContain("no example has the classes 4, 5, of 6");
  });
});

describe("a recurrent network", () => {
  it("goes on as if it had not stopped", async () => {
    const data = madeData([5, 4]);
    const whole = memoryKeeper();
    await train(buildNet(LSTM), options({ data, optimizer: "adam", keeper: whole }));
    const middle = whole.checkpoints.find((c) => c.step > 6 && c.step < 20)!;
    const again = memoryKeeper(middle);
    await train(buildNet(LSTM), options({ data, optimizer: "adam", keeper: again }));
    expect(again.kept.get("weights.safetensors")).toEqual(whole.kept.get("weights.safetensors"));
  });
});
