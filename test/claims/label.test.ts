import { describe, expect, it } from "vitest";
import { isPending } from "../../src/claims/claim.js";
import type { Claim } from "../../src/claims/claim.js";
import { CLAIMS } from "../../src/claims/index.js";
import { FULL, QUICK } from "../../src/claims/shared/budgets.js";
import { sameFactors, weightSpread } from "../../src/claims/shared/factors.js";
import type { Factors } from "../../src/claims/shared/factors.js";
import { joinedParts, label, labelParts } from "../../src/claims/shared/label.js";

const built = CLAIMS.filter((c): c is Claim => !isPending(c));

/** The names of arms stand in published records. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  "skip-stops-explosion": ["x + W·ReLU(x)", "W·ReLU(x)"],
  "resnet-mitigates": [
    "x + W·ReLU(x), σ_w² = 4",
    "W·ReLU(x), σ_w² = 4",
    "x + W·tanh(x), σ_w² = 4",
    "W·tanh(x), σ_w² = 4",
    "x + W·ReLU(BN(x))",
    "W·ReLU(BN(x))",
  ],
  "highway-mitigates": [
    "plain, χ = 0.25",
    "plain, χ = 1",
    "plain, χ = 4",
    "plain, χ = 20",
    "Highway, χ = 0.25, b = -1",
    "Highway, χ = 0.25, b = -3",
    "Highway, χ = 1, b = -1",
    "Highway, χ = 1, b = -3",
    "Highway, χ = 4, b = -1",
    "Highway, χ = 4, b = -3",
    "Highway, χ = 20, b = -1",
    "Highway, χ = 20, b = -3",
    "Highway, χ = 20, b = -3, gates drawn",
  ],
  "copied-gradient": [
    "x + W·ReLU(x), branch gain 0.01",
    "W·ReLU(x), gain 0.01",
    "x + W·ReLU(x), branch gain 0.05",
    "W·ReLU(x), gain 0.05",
    "x + W·ReLU(x), branch gain 0.25",
    "W·ReLU(x), gain 0.25",
    "x + W·ReLU(x), branch gain 1",
    "W·ReLU(x), gain 1",
    "x + W·ReLU(x), branch gain 1.5",
    "W·ReLU(x), gain 1.5",
    "x + W·ReLU(x), branch gain 2",
    "W·ReLU(x), gain 2",
    "x + W·ReLU(x), branch gain 4",
    "W·ReLU(x), gain 4",
  ],
  "copied-forward": ["W·ReLU(x)", "x + W·ReLU(x)", "x + W·ReLU(LN x)", "x + W·ReLU(x)/√L"],
  "gradient-divided": ["x + W·ReLU(x)", "x + W·ReLU(x), float32", "sum of x and three skips", "convolutions, BatchNorm", "mean of x and three skips"],
  "gradient-divided-concat": ["concatenated, fan-in", "concatenated, one deviation", "added, fan-in", "added, one deviation"],
  "near-zero-weights": [
    "plain, He (s = √(2/n)), n = 64",
    "plain, s = 0.001, n = 64",
    "skip, s = 0.001, n = 64",
    "plain, s = 0.01, n = 64",
    "skip, s = 0.01, n = 64",
    "plain, s = 0.05, n = 64",
    "skip, s = 0.05, n = 64",
    "plain, s = 0.1, n = 64",
    "skip, s = 0.1, n = 64",
    "plain, He (s = √(2/n)), n = 256",
    "plain, s = 0.001, n = 256",
    "skip, s = 0.001, n = 256",
    "plain, s = 0.01, n = 256",
    "skip, s = 0.01, n = 256",
    "plain, s = 0.05, n = 256",
    "skip, s = 0.05, n = 256",
    "plain, s = 0.1, n = 256",
    "skip, s = 0.1, n = 256",
    "plain, He (s = √(2/n)), n = 1024",
    "plain, s = 0.001, n = 1024",
    "skip, s = 0.001, n = 1024",
    "plain, s = 0.01, n = 1024",
    "skip, s = 0.01, n = 1024",
    "plain, s = 0.05, n = 1024",
    "skip, s = 0.05, n = 1024",
    "plain, s = 0.1, n = 1024",
    "skip, s = 0.1, n = 1024",
  ],
  "scaled-branch": ["x + W·ReLU(x)", "x + W·ReLU(x)/2", "x + W·ReLU(x)/√L", "x + W·ReLU(x)/L", "x + 0·W·ReLU(x)"],
  "one-large-layer": [
    "three scalars",
    "three scalars, 2 in place of .001",
    "orthogonal matrices",
    "orthogonal matrices, 2 in place of .001",
    "Gaussian matrices",
    "Gaussian matrices, 2 in place of .001",
    "ReLU network, He",
    "ReLU network, He, 2 in place of .001",
  ],
  "normalisation-not-skips": ["W·ReLU(x)", "x + W·ReLU(x)", "W·ReLU(BN(x))", "x + W·ReLU(BN(x))"],
  "vgg-with-bn": ["conv→BN→ReLU", "conv→ReLU", "VGG-16 with BN and poolings"],
  "activation-after-bn": ["BN→ReLU", "ReLU→BN", "ReLU, no BN", "BN→tanh", "tanh→BN", "tanh, no BN", "BN only"],
  smoother: [
    "W·ReLU(x), σ_w² = 2",
    "W·ReLU(x), σ_w² = 2, loss",
    "x + W·ReLU(x), σ_w² = 2",
    "x + W·ReLU(x), σ_w² = 2, loss",
    "W·tanh(x), σ_w² = 1",
    "W·tanh(x), σ_w² = 1, loss",
    "x + W·tanh(x), σ_w² = 1",
    "x + W·tanh(x), σ_w² = 1, loss",
    "W·tanh(x), σ_w² = 4",
    "W·tanh(x), σ_w² = 4, loss",
    "x + W·tanh(x), σ_w² = 4",
    "x + W·tanh(x), σ_w² = 4, loss",
    "W·ReLU(BN(x))",
    "W·ReLU(BN(x)), loss",
    "x + W·ReLU(BN(x))",
    "x + W·ReLU(BN(x)), loss",
    "W·tanh(BN(x))",
    "W·tanh(BN(x)), loss",
    "x + W·tanh(BN(x))",
    "x + W·tanh(BN(x)), loss",
    "W·ReLU(LN(x))",
    "W·ReLU(LN(x)), loss",
    "x + W·ReLU(LN(x))",
    "x + W·ReLU(LN(x)), loss",
    "W·ReLU(x), σ_w² = 1",
    "W·ReLU(x), σ_w² = 3",
    "W·tanh(x), σ_w² = .5",
    "W·tanh(x), σ_w² = 2",
    "x + W·ReLU(x), σ_w² = .5",
    "x + W·ReLU(x), σ_w² = 4",
    "x + W·ReLU(x)/√L",
    "x + W·ReLU(x)/√L, loss",
    "x + W·tanh(x)/√L, σ_w² = 4",
    "x + W·ReLU(x)/L",
    "x + W·ReLU(x)/L, loss",
    "BN(x + W·ReLU(x))",
    "LN(x + W·ReLU(x))",
    "Highway, ReLU, b = −2",
    "Highway, ReLU, b = −2, loss",
    "Highway, ReLU, b = −1, σ_w² = 4",
    "Highway, tanh, b = −1",
    "dense, ReLU",
    "dense, ReLU, loss",
    "dense, tanh, σ_w² = 4",
  ],
  "clipping-solves": ["tanh, σ_w² = 4", "BN→ReLU", "x + W·ReLU(x)", "recurrent tanh, σ_w² = 4", "x + W·ReLU(x)/√L"],
  "smaller-feature-space": [
    "x + W·ReLU(x)",
    "W·ReLU(x)",
    "x + W·ReLU(LN x)",
    "W·ReLU(LN x)",
    "x + W·ReLU(BN(x))",
    "W·ReLU(BN(x))",
    "one block x + V·ReLU(W·x)",
    "one block V·ReLU(W·x)",
  ],
  perturbation: [
    "W·ReLU(x)",
    "x + W·ReLU(x)",
    "W·tanh(x), σ_w² = 4",
    "x + W·tanh(x), σ_w² = 4",
    "W·ReLU(BN(x))",
    "x + W·ReLU(BN(x))",
    "ReLU(Wx)",
    "ReLU(Wx), half of the layers × 4, half ÷ 4",
    "ReLU(Wx), profile",
    "ReLU(Wx), half of the layers × 4, half ÷ 4, profile",
  ],
  "loss-not-gradient": [
    "W·ReLU(x), cross-entropy by margin",
    "W·ReLU(x), cross-entropy by temperature",
    "W·ReLU(x), mean squares by distance",
    "x + W·ReLU(x), cross-entropy by margin",
    "x + W·ReLU(x), cross-entropy by temperature",
    "x + W·ReLU(x), mean squares by distance",
  ],
  "synthetic-gradient": ["x + W·ReLU(x)/√L", "x + W·ReLU(x)", "paths with skips", "paths without", "paths with synthetic gradients"],
  "earlier-layers-get-more": [
    "x + W·relu(x), σ_w² = 0.5",
    "W·relu(x), σ_w² = 0.5",
    "x + W·tanh(x), σ_w² = 0.5",
    "W·tanh(x), σ_w² = 0.5",
    "x + W·sigmoid(x), σ_w² = 1",
    "W·sigmoid(x), σ_w² = 1",
  ],
  "no-greater-risk": [
    "x + W·ReLU(x), σ_w² = 1",
    "x + W·ReLU(x), σ_w² = 2",
    "x + W·ReLU(x), σ_w² = 4",
    "W·ReLU(x), σ_w² = 1",
    "W·ReLU(x), σ_w² = 2",
    "W·ReLU(x), σ_w² = 4",
    "x + W·ReLU(BN(x)), σ_w² = 1",
    "x + W·ReLU(BN(x)), σ_w² = 2",
    "x + W·ReLU(BN(x)), σ_w² = 4",
    "W·ReLU(BN(x)), σ_w² = 1",
    "W·ReLU(BN(x)), σ_w² = 2",
    "W·ReLU(BN(x)), σ_w² = 4",
  ],
  "short-paths": ["x + W·ReLU(x)", "x + W·ReLU(x)/2", "x + W·ReLU(x)/√L", "x + W·ReLU(LN x)"],
  shattering: [
    "ReLU(W·x), real inputs",
    "ReLU(W·x), independent masks",
    "x + W·ReLU(x), real inputs",
    "x + W·ReLU(x), independent masks",
    "x + W·ReLU(x)/√L, real inputs",
    "x + W·ReLU(x)/√L, independent masks",
  ],
  "pre-post-ln": [
    "x + W·ReLU(LN x)",
    "LN(x + W·ReLU(x))",
    "pre-LN Transformer",
    "post-LN Transformer",
    "x + W·ReLU(LN x), no classes",
    "LN(x + W·ReLU(x)), no classes",
  ],
  "mlp-never-explodes": ["ReLU MLP, σ_w² = 1", "ReLU MLP, σ_w² = 2", "ReLU MLP, σ_w² = 3", "ReLU MLP, σ_w² = 4"],
};

describe.each(built.map((c) => [c.id, c] as const))("the arms of %s", (id, c) => {
  const kinds = [...new Map([QUICK, FULL].flatMap((budget) => c.trials(budget)).map((a) => [a.name, a])).values()];

  it("have the names of published records", () => {
    expect([...new Set(c.trials(QUICK).map((a) => a.name))]).toEqual(NAMES[id]);
  });

  it("have a name of their own exactly where they have factors of their own", () => {
    for (const a of kinds) for (const b of kinds) expect(sameFactors(a.factors, b.factors), `${a.name} and ${b.name}`).toBe(a.name === b.name);
  });
});

describe("the label of an arm", () => {
  it.each<readonly [string, Factors]>([
    ["W·ReLU(x)", {}],
    ["x + W·tanh(BN(x))/√L, σ_w² = 4", { skip: true, activation: "tanh", norm: "batch", branchScale: "1/sqrt(L)", weightVariance: 4 }],
    ["LN(x + W·ReLU(x)/L)", { skip: true, norm: "layer", placement: "post", branchScale: "1/L" }],
    ["x + W·ReLU(LN x)/4", { skip: true, norm: "layer", branchScale: 0.25 }],
    ["x + 2·W·ReLU(x)", { skip: true, branchScale: 2 }],
    ["Highway, χ = 4, b = -1, gates drawn", { network: "highway", chi: 4, gateBias: -1, gatesDrawn: true }],
    ["post-LN Transformer", { network: "transformer", placement: "post" }],
    ["tanh, σ_w² = 4; global norm 1", { network: "layers", activation: "tanh", weightVariance: 4, clip: "global" }],
  ])("is %s", (text, factors) => {
    expect(label(factors)).toBe(text);
    expect(joinedParts(labelParts(factors))).toBe(text);
  });

  it("is spelled as its claim spells it", () => {
    const factors: Factors = { norm: "layer", weightVariance: 0.5, gateBias: -2 };
    expect(label(factors, { layerNorm: "LN(x)", shortNumbers: true })).toBe("W·ReLU(LN(x)), b = −2, σ_w² = .5");
    expect(label({ order: "weight-act" }, { product: "", activations: { relu: "relu" } })).toBe("relu(Wx)");
  });

  it("knows quantities, over which arms may be swept", () => {
    const parts = labelParts({ network: "chain", skip: true, weightDeviation: 0.1, width: 64, masks: "own" });
    expect(parts.map((p) => [p.factor, p.text, p.quantity])).toEqual([
      ["network", "skip", false],
      ["weightDeviation", "s = 0.1", true],
      ["width", "n = 64", true],
      ["masks", "real inputs", false],
    ]);
  });
});

describe("the factors of arms", () => {
  it("are the same where what is not given has the usual value", () => {
    expect(sameFactors({}, { skip: false, norm: "none", activation: "relu", branchScale: 1, weightVariance: 2, placement: "pre" })).toBe(true);
    expect(sameFactors({ skip: true }, {})).toBe(false);
    expect(sameFactors({ skip: true, branchScale: "1/L" }, { skip: true, branchScale: "1/sqrt(L)" })).toBe(false);
    expect(sameFactors({ network: "highway" }, {})).toBe(false);
  });

  it("give the spread of the weights", () => {
    expect(weightSpread({ weightDeviation: 0.1, width: 200 })).toBeCloseTo(2, 12);
    expect(weightSpread({ weightDeviation: "he", width: 64 })).toBe(2);
    expect(weightSpread({})).toBeNaN();
  });
});
