import { describe, expect, it } from "vitest";
import { buildNet } from "../../src/nn/build.js";
import type { NetSpec } from "../../src/nn/spec.js";
import { predict } from "../../src/study/predict.js";
import type { PredictionRecord } from "../../src/study/prediction-record.js";
import { predictionSentence, predictionText } from "../../src/report/prediction-text.js";
import { columns } from "../../src/report/visible.js";

const of = (spec: NetSpec): Promise<PredictionRecord> => predict(buildNet(spec), { memoryLimit: 2 ** 30 });

describe("a prediction", () => {
  it("says 2^L of a bare skip, and less with a small branch", async () => {
    const bare = await of({ arch: "residual-mlp", depth: 20, width: 200 });
    expect(bare.growth.perBlock!).toBeGreaterThan(1.9);
    expect(predictionSentence(bare)).toMatch(/squared gradient grows ×\d\.\de5 over the body's 20 blocks: ×1\.9\d\d a block\.$/);
    const small = await of({ arch: "residual-mlp", depth: 20, width: 200, branchScale: "1/sqrt(L)" });
    // (1 + 1/L) a block; the last one ends behind the head's ReLU, which halves.
    for (const b of small.blocks.slice(0, 19)) expect(b.lnGain!).toBeCloseTo(Math.log(1.05), 1);
    expect(small.growth.ln!).toBeCloseTo(19 * Math.log(1.05) + Math.log(1.05 / 2), 1);
    expect(predictionSentence(await of({ arch: "mlp", depth: 20, width: 400 }))).toContain("keeps its size");
  });

  it("says for which ops no law is known instead of guessing", async () => {
    const p = await of({ arch: "transformer", depth: 3 });
    expect(p.without).toEqual([{ op: "MatMul", reason: "no law for MatMul", count: 3, node: "layer1/attention/MatMul" }]);
    expect(p.growth.known).toBeLessThan(p.growth.blocks);
    for (const b of p.blocks.filter((q) => q.lnGain === null && q.role === "body")) expect(b.name).toMatch(/layer/);
    const text = predictionText(p);
    expect(text).toContain("No law is known for\n  MatMul (layer1/attention/MatMul and 2 more)\n");
    const vgg = await of({ arch: "vgg", norm: "batch", width: 8, input: [3, 32, 32], hidden: 16, classes: 10 });
    expect(predictionText(vgg)).toMatch(/the \d of the\s+body's \d+ blocks that laws reach/);
  });

  it("tells alike neighbours as one, in 80 columns", async () => {
    for (const spec of [
      { arch: "residual-mlp", depth: 50, width: 64 },
      { arch: "transformer", depth: 2 },
      { arch: "rnn" },
      { arch: "highway", depth: 5 },
      { arch: "resnet-cifar" },
    ]) {
      const text = predictionText(await of(spec));
      expect(Math.max(...text.split("\n").map(columns)), spec.arch).toBeLessThanOrEqual(80);
      expect(text, spec.arch).not.toMatch(/undefined|NaN|\[object/);
      expect(text, spec.arch).toContain("Assumes: weights independent");
    }
    expect(predictionText(await of({ arch: "residual-mlp", depth: 50, width: 64 }))).toMatch(
      /block1 … block4\d \(4\d\) +residual, identity +body +×2\.0\d /,
    );
  });
});
