import { describe, expect, it } from "vitest";
import { buildNet } from "../../src/nn/build.js";
import type { NetSpec } from "../../src/nn/spec.js";
import { predict } from "../../src/study/predict.js";
import type { PredictionRecord } from "../../src/study/prediction-record.js";
import { activation } from "../../src/theory/activation.js";
import { laws } from "../../src/theory/laws.js";

const of = (spec: NetSpec): Promise<PredictionRecord> => predict(buildNet(spec), { memoryLimit: 2 ** 30 });

describe("a prediction", () => {
  it("is the recursion's, block by block, where weights are as they were drawn", async () => {
    const spec = { arch: "mlp", depth: 12, width: 300, activation: "tanh", init: { scheme: "he", weightVariance: 2.5, biasVariance: 0.1 } };
    const p = await of(spec);
    const law = laws.plain({ phi: activation("tanh"), sigmaW2: 2.5, sigmaB2: 0.1, depth: 12 }).profile!;
    const body = p.blocks.filter((b) => b.role === "body");
    expect(body).toHaveLength(11);
    // Weights of width 300 have a second moment within 1 % of what they were drawn with.
    body.forEach((b, i) => {
      expect(b.lnGain!).toBeCloseTo(law[i + 1]!.lnGradientSquare - law[i + 2]!.lnGradientSquare, 1);
      expect(b.lnMeanSquare!).toBeCloseTo(law[i + 2]!.lnMeanSquare, 1);
    });
    expect(p.growth.ln!).toBeCloseTo(
      body.reduce((s, b) => s + b.lnGain!, 0),
      10,
    );
    expect(p.growth).toMatchObject({ blocks: 11, known: 11 });
    expect(p.without).toEqual([]);
  });

  it("takes sizes and outputs as they are given", async () => {
    const model = buildNet({ arch: "mlp", depth: 2, width: 8 });
    const p = await predict(model, { memoryLimit: 2 ** 30, dims: { N: 3 } });
    expect(p.settings).toEqual([]);
    expect((await of({ arch: "mlp", depth: 2, width: 8 })).settings).toEqual([{ what: "free dim N", value: "16" }]);
    await expect(predict(model, { memoryLimit: 2 ** 30, output: "nowhere" })).rejects.toThrow(/nowhere/);
  });
});
