import { describe, expect, it } from "vitest";
import type { Graph, Model, Node } from "../../src/graph/graph.js";
import { int64s, tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { Clip } from "../../src/ops/clip.js";
import { Dropout } from "../../src/ops/dropout.js";
import type { Op, UpgradeContext } from "../../src/ops/op.js";
import { bind } from "../../src/passes/bind.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";

type Spec = readonly [op: string, inputs: string, attrs?: Node["attrs"]];

/** The output of a chain of nodes `v0, v1, …` over the input `x` of ones, bound with or without a seed of masks. */
function run(specs: readonly Spec[], shape: readonly number[], constants: Record<string, Tensor>, dropoutSeed?: number): number[] {
  const nodes = specs.map(([op, inputs, attrs = {}], i): Node => {
    return { op, domain: "", name: `node${i}`, inputs: inputs.split(" ").filter((v) => v), outputs: [`v${i}`], attrs };
  });
  const graph: Graph = {
    name: "g",
    inputs: [{ name: "x", dtype: "float32", shape }],
    outputs: [`v${specs.length - 1}`],
    nodes,
    types: new Map(),
    initializers: new Map(Object.entries(constants)),
    constants: new Set(Object.keys(constants)),
  };
  const model: Model = { graph, name: "g", opset: 20, producer: "" };
  const bound = bind(model, dropoutSeed === undefined ? {} : { dropoutSeed });
  const x = tensor("float32", shape, new Float32Array(shape.reduce((a, d) => a * d, 1)).fill(1));
  return Array.from([...evaluateGraph(bound.graph, new Map([["x", x]])).values()][0]!.data);
}

const scalar = (v: number): Tensor => tensor("float32", [], [v]);
const keep = { p: scalar(0.8), r: scalar(1 - 0.8), dims: int64s([64, 1]) };

/** Stochastic depth as exporters write it; every chain ends in x·mask/p. */
const MASKS: Readonly<Record<string, readonly Spec[]>> = {
  "Bernoulli of an expanded probability": [
    ["Expand", "p dims"],
    ["Bernoulli", "v0"],
    ["Div", "v1 p"],
    ["Mul", "x v2"],
  ],
  "noise below the probability": [
    ["Expand", "p dims"],
    ["RandomUniformLike", "v0", { dtype: "float32" }],
    ["Less", "v1 v0"],
    ["Cast", "v2", { to: "float32" }],
    ["Div", "v3 p"],
    ["Mul", "x v4"],
  ],
  "noise above its complement": [
    ["RandomUniform", "", { shape: [64, 1] }],
    ["Greater", "v0 r"],
    ["Cast", "v1", { to: "float32" }],
    ["Div", "v2 p"],
    ["Mul", "x v3"],
  ],
  "not below its complement": [
    ["RandomUniform", "", { shape: [64, 1] }],
    ["Less", "v0 r"],
    ["Not", "v1"],
    ["Cast", "v2", { to: "float32" }],
    ["Div", "v3 p"],
    ["Mul", "x v4"],
  ],
  "the probability above noise": [
    ["RandomUniform", "", { shape: [64, 1] }],
    ["GreaterOrEqual", "p v0"],
    ["Cast", "v1", { to: "float32" }],
    ["Div", "v2 p"],
    ["Mul", "x v3"],
  ],
  "floor of their sum": [
    ["RandomUniform", "", { shape: [64, 1] }],
    ["Add", "p v0"],
    ["Floor", "v1"],
    ["Div", "x p"],
    ["Mul", "v3 v2"],
  ],
};

describe("masks cut from noise", () => {
  it.each(Object.entries(MASKS))("%s: 1 in total without a seed, one mask a row with it", (_, specs) => {
    for (const v of run(specs, [64, 2], keep)) expect(Math.fround(v)).toBe(1);
    const drawn = run(specs, [64, 2], keep, 5);
    for (const v of drawn) expect(Math.min(Math.abs(v), Math.abs(v - 1.25))).toBeLessThan(1e-6);
    const kept = drawn.filter((v) => v > 0).length / drawn.length;
    expect(kept).toBeGreaterThan(0.6);
    expect(kept).toBeLessThan(0.97);
    for (let i = 0; i < 64; i++) expect(drawn[2 * i]).toBe(drawn[2 * i + 1]);
    expect(run(specs, [64, 2], keep, 5)).toEqual(drawn);
    expect(run(specs, [64, 2], keep, 6)).not.toEqual(drawn);
  });

  it("noise that is not cut is its mean", () => {
    expect(run([["RandomUniformLike", "x", { low: 1, high: 4 }]], [2], {})).toEqual([2.5, 2.5]);
    expect(run([["RandomNormalLike", "x", { mean: 3 }]], [2], {})).toEqual([3, 3]);
    expect(
      run(
        [
          ["RandomNormal", "", { shape: [2] }],
          ["Add", "x v0"],
        ],
        [2],
        {},
      ),
    ).toEqual([1, 1]);
  });

  it("seeded noise has its moments", () => {
    const mean = (v: readonly number[]): number => v.reduce((s, a) => s + a, 0) / v.length;
    const normal = run([["RandomNormalLike", "x", { mean: 3, scale: 2 }]], [4000], {}, 1);
    expect(Math.abs(mean(normal) - 3)).toBeLessThan(0.15);
    expect(Math.abs(mean(normal.map((v) => (v - 3) ** 2)) - 4)).toBeLessThan(0.4);
    const uniform = run([["RandomUniformLike", "x", { low: 1, high: 4 }]], [4000], {}, 1);
    expect(Math.abs(mean(uniform) - 2.5)).toBeLessThan(0.06);
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...uniform)).toBeLessThanOrEqual(4);
  });

  it("Multinomial draws classes by their probabilities", () => {
    const logits = { l: tensor("float32", [1, 3], [0.1, 0.2, 0.7].map(Math.log)) };
    const drawn = run([["Multinomial", "l", { sample_size: 3000, dtype: "int64" }]], [1], logits, 2);
    const share = (k: number): number => drawn.filter((v) => v === k).length / drawn.length;
    expect([0, 1, 2].map((k) => Math.abs(share(k) - [0.1, 0.2, 0.7][k]!) < 0.03)).toEqual([true, true, true]);
    expect(run([["Multinomial", "l", { sample_size: 3 }]], [1], logits)).toEqual([2, 2, 2]);
  });
});

describe("Dropout", () => {
  const constants = { ratio: scalar(0.25), yes: tensor("bool", [], [1]), no: tensor("bool", [], [0]) };

  it("is the identity unless it trains and has a seed", () => {
    for (const seed of [undefined, 4]) expect(run([["Dropout", "x ratio no"]], [3], constants, seed)).toEqual([1, 1, 1]);
    expect(run([["Dropout", "x ratio yes"]], [3], constants)).toEqual([1, 1, 1]);
    expect(run([["Dropout", "x ratio"]], [3], constants, 4)).toEqual([1, 1, 1]);
  });

  it("drops its ratio and scales the rest", () => {
    const drawn = run([["Dropout", "x ratio yes"]], [4000], constants, 4);
    expect(new Set(drawn.map((v) => Math.round(v * 3)))).toEqual(new Set([0, 4]));
    expect(Math.abs(drawn.filter((v) => v === 0).length / 4000 - 0.25)).toBeLessThan(0.03);
    expect(run([["Dropout", "x ratio yes"]], [4000], constants, 4)).toEqual(drawn);
    const two = run(
      [
        ["Dropout", "x ratio yes"],
        ["Dropout", "x ratio yes"],
      ],
      [4000],
      constants,
      4,
    );
    expect(two, "another node has another mask").not.toEqual(drawn);
  });
});

describe("older opsets", () => {
  const upgrade = (op: Op, node: Partial<Node>, opset: number): { inputs: (number | undefined)[]; attrs: Node["attrs"] } => {
    const made: Tensor[] = [];
    const u: UpgradeContext = {
      node: { op: op.name, domain: "", name: "n", inputs: ["x"], outputs: ["y"], attrs: {}, ...node },
      opset,
      constant: (t) => `c${made.push(t) - 1}`,
      fail: (what) => {
        throw new Error(what);
      },
    };
    const { inputs, attrs } = op.upgrade!(u);
    return { inputs: inputs.slice(1).map((v) => (v === "" ? undefined : made[Number(v.slice(1))]!.data[0])), attrs };
  };

  it("Clip had its bounds as attributes", () => {
    expect(upgrade(Clip as Op, { attrs: { min: 0, max: 6 } }, 10)).toEqual({ inputs: [0, 6], attrs: {} });
    expect(upgrade(Clip as Op, { attrs: { max: 6 } }, 7)).toEqual({ inputs: [undefined, 6], attrs: {} });
    expect(upgrade(Clip as Op, { attrs: { min: -Math.fround(3.4028234663852886e38) } }, 7).inputs).toEqual([undefined, undefined]);
  });

  it("Dropout had its ratio as an attribute and no training mode", () => {
    expect(upgrade(Dropout as Op, { attrs: { ratio: 0.25 } }, 9)).toEqual({ inputs: [0.25, 1], attrs: {} });
    expect(upgrade(Dropout as Op, {}, 7).inputs).toEqual([0.5, 1]);
    expect(upgrade(Dropout as Op, { inputs: ["x"], attrs: { seed: 3 } }, 13)).toEqual({ inputs: [], attrs: { seed: 3 } });
  });
});
