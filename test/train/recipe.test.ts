import { describe, expect, it } from "vitest";
import { recipeOf, ruleOf } from "../../src/train/recipe.js";

describe("a recipe", () => {
  it("has the defaults of the command line", () => {
    expect(recipeOf({}, 6000)).toEqual({
      optimizer: "momentum",
      lr: 0.05,
      coefficients: { momentum: 0.9 },
      weightDecay: 0,
      schedule: "constant",
      warmup: 0,
      clip: null,
      batchSize: 128,
      steps: 460,
      standardise: false,
      augment: [],
      seed: 1,
    });
    const rates = ["sgd", "momentum", "nesterov", "adam", "adamw", "rmsprop", "lion"].map((optimizer) => recipeOf({ optimizer }, 100).lr);
    expect(rates).toEqual([0.1, 0.05, 0.05, 0.001, 0.001, 0.001, 0.0001]);
    expect(recipeOf({ optimizer: "adam" }, 100).coefficients).toEqual({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
  });

  it("counts steps by epochs of whole batches", () => {
    expect(recipeOf({ batchSize: 30, epochs: 3 }, 100).steps).toBe(9);
    expect(recipeOf({ batchSize: "all", epochs: 3 }, 100).steps).toBe(3);
    expect(recipeOf({ steps: 7 }, 100)).toMatchObject({ batchSize: 100, steps: 7 });
  });

  it("keeps the size that a file fixes", () => expect(recipeOf({ batchSize: 5 }, 100, 8).batchSize).toBe(8));

  it("is the rule of its step", () => {
    const rule = ruleOf(recipeOf({ optimizer: "adamw", clip: "agc:0.01", schedule: "cosine", weightDecay: 0.1 }, 1000));
    expect([rule.optimiser.name, rule.clip?.rule.name, rule.clip?.bound, rule.schedule.name, rule.decay]).toEqual([
      "adamw",
      "agc",
      0.01,
      "cosine",
      0.1,
    ]);
  });

  it.each([
    [{ optimizer: "adm" }, "did you mean adam"],
    [{ schedule: "cosin" }, "did you mean cosine"],
    [{ clip: "norm" }, "norm:C"],
    [{ clip: "norm:-1" }, "norm:C"],
    [{ clip: "nrm:1" }, "did you mean norm"],
    [{ optimizer: "adam", momentum: 0.5 }, "adam has none"],
    [{ steps: 5, epochs: 1 }, "one of the two"],
    [{ batchSize: 101 }, "more than the 100 examples"],
    [{ steps: 10, warmup: 10 }, "leaves nothing"],
  ])("refuses %j", (options, words) => expect(() => recipeOf(options, 100)).toThrow(new RegExp(words, "i")));
});
