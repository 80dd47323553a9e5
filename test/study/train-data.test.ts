import { afterAll, describe, expect, it } from "vitest";
import { openData } from "../../src/data/open-data.js";
import { buildNet } from "../../src/nn/build.js";
import type { NetSpec } from "../../src/nn/spec.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { train } from "../../src/study/train.js";
import type { TrainOptions } from "../../src/study/train.js";
import { bytesOfText, dataHost } from "../support/data-host.js";
import { madeData } from "../support/made-data.js";
import { memoryKeeper } from "../support/keeper.js";

const runtime = nodeRuntime();
afterAll(() => runtime.close());

const CONV: NetSpec = { arch: "plain-conv", depth: 1, width: 4, input: [2, 6, 6], classes: 4 };
const images = { ...madeData([2, 6, 6]), standardised: false };
const options = (more: Partial<TrainOptions> = {}): TrainOptions => ({ data: images, runtime, batchSize: 16, steps: 24, seed: 3, ...more });
const weights = async (more: Partial<TrainOptions>): Promise<Uint8Array> => {
  const keeper = memoryKeeper();
  await train(buildNet(CONV), options({ ...more, keeper }));
  return keeper.kept.get("weights.safetensors")!;
};

describe("augmentation in a run", () => {
  it("draws anew in each epoch, and goes on after a stop as if there had been none", async () => {
    const whole = memoryKeeper();
    const record = await train(buildNet(CONV), options({ augment: ["crop", "flip"], keeper: whole }));
    expect(record.options).toMatchObject({ augment: ["flip", "crop"], standardise: false });
    expect(record.settings.find((s) => s.what === "augmented")!.value).toMatch(/^flip: .*; crop: /);
    const again = memoryKeeper(whole.checkpoints.find((c) => c.step > 6 && c.step < 20));
    await train(buildNet(CONV), options({ augment: ["flip", "crop"], keeper: again }));
    expect(again.kept.get("weights.safetensors")).toEqual(whole.kept.get("weights.safetensors"));
    expect(again.text).toBe(whole.text);
    expect(await weights({})).not.toEqual(whole.kept.get("weights.safetensors"));
  });

  it("leaves alone what the network is scored by", async () => {
    const still = await train(buildNet(CONV), options({ steps: 1, lr: 1e-12 }));
    const moved = await train(buildNet(CONV), options({ steps: 1, lr: 1e-12, augment: ["flip", "crop"] }));
    expect(moved.best!.loss).toBeCloseTo(still.best!.loss!, 6);
    expect(moved.loss).not.toBeCloseTo(still.loss!, 3);
  });
});

describe("standardised inputs in a run", () => {
  it("make it the same run, whatever the scale of the data", async () => {
    const scaled = (factor: number, shift: number): TrainOptions["data"] => {
      const part = (e: typeof images.train): typeof images.train => ({
        ...e,
        inputs: new Map(
          [...e.inputs].map(([name, column]) => [
            name,
            {
              ...column,
              copy(index, out, at) {
                column.copy(index, out, at);
                for (let i = at; i < at + 72; i++) out[i] = factor * out[i]! + shift;
              },
            },
          ]),
        ),
      });
      return { ...images, train: part(images.train), validation: part(images.validation!) };
    };
    const plain = await train(buildNet(CONV), options({ standardise: true }));
    const other = await train(buildNet(CONV), options({ standardise: true, data: scaled(40, -7) }));
    expect(other.loss).toBeCloseTo(plain.loss!, 4);
    expect(other.best!.loss).toBeCloseTo(plain.best!.loss!, 4);
    const [[own], [theirs]] = [plain.data.standardised, other.data.standardised];
    expect(theirs!.deviation.map((d, c) => d / own!.deviation[c]!)).toEqual([expect.closeTo(40, 3), expect.closeTo(40, 3)]);
    expect(other.settings.find((s) => s.what === "inputs")!.value).toMatch(
      /^standardised by the mean and deviation of the 96 training examples: mean /,
    );
  });

  it("are told apart from others by the recipe", async () => {
    const record = await train(buildNet(CONV), options({ steps: 1 }));
    expect([record.options["standardise"], record.data.standardised]).toEqual([false, []]);
  });

  it("take their constants from all training examples, and none from those to score by", async () => {
    const few = await train(buildNet(CONV), options({ standardise: true, overfit: 16, steps: 2 }));
    const all = await train(buildNet(CONV), options({ standardise: true, steps: 2 }));
    expect(few.data.standardised).toEqual(all.data.standardised);
    const held = await train(buildNet(CONV), options({ standardise: true, steps: 2, validation: 0.5 }));
    expect(held.data.standardised).not.toEqual(all.data.standardised);
  });
});

describe("tokens in a run", () => {
  const text = openData("text:t.txt:6", dataHost({ "t.txt": bytesOfText("abc abd. ".repeat(60)) }), 1);
  const spec: NetSpec = { arch: "transformer", depth: 1, width: 8, heads: 2, length: 6, vocabulary: 6, classes: 6, causal: true };

  it("are learned", async () => {
    const record = await train(buildNet(spec), options({ data: text, steps: 150, optimizer: "adam", lr: 0.02 }));
    expect(record.accuracy).toBeGreaterThan(0.8);
  });

  it("are refused where the network's table has too few rows", async () => {
    await expect(train(buildNet({ ...spec, vocabulary: 5 }), options({ data: text }))).rejects.toThrow(/which indexes a table of 5 rows/);
  });
});
