import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Model } from "../../src/graph/graph.js";
import { tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { readOnnx } from "../../src/onnx/read.js";
import { withWeights } from "../../src/passes/weights.js";
import { IsogradError } from "../../src/util/errors.js";
import { f32, model } from "../support/model.js";

/** A network of these initializers, whose values are 0. */
const netOf = (shapes: Readonly<Record<string, readonly number[]>>): Model =>
  readOnnx(
    model({
      outputs: Object.keys(shapes).slice(0, 1),
      initializers: Object.entries(shapes).map(([k, s]) => f32(k, s, new Array<number>(s.reduce((a, b) => a * b, 1)).fill(0))),
    }),
    { name: "m.onnx" },
  );
const filled = (shape: readonly number[], value: number, dtype: "float32" | "float64" | "int64" = "float32"): Tensor =>
  tensor(dtype, shape, new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(value));
const first = (m: Model, name: string): number => m.graph.initializers.get(name)!.data[0]!;

const NET = { "conv.weight": [2, 3], "conv.bias": [2], "bn.running_mean": [2], "head.weight": [4, 2] } as const;
const weights = (prefix = "", value = 1): Map<string, Tensor> => new Map(Object.entries(NET).map(([k, s]) => [prefix + k, filled(s, value)]));

const refusal = (m: Model, given: ReadonlyMap<string, Tensor>): IsogradError => {
  try {
    withWeights(m, given);
  } catch (error) {
    expect(error).toBeInstanceOf(IsogradError);
    return error as IsogradError;
  }
  throw new Error("accepted");
};

describe("names", () => {
  const PREFIX = fc.array(fc.constantFrom("module.", "_orig_mod.", "model.", "net.", "0."), { maxLength: 3 }).map((p) => p.join(""));

  it("fit under any prefix of either side", () => {
    fc.assert(
      fc.property(PREFIX, PREFIX, (theirs, ours) => {
        const m = netOf(Object.fromEntries(Object.entries(NET).map(([k, s]) => [ours + k, s])));
        const used = withWeights(m, weights(theirs));
        expect([used.replaced, used.kept, used.ignored]).toEqual([4, [], []]);
        for (const name of m.graph.initializers.keys()) expect(first(used.model, name)).toBe(1);
        // What is said of the prefixes turns their names into ours.
        expect(theirs.startsWith(used.dropped)).toBe(true);
        expect(used.added + `${theirs}conv.weight`.slice(used.dropped.length)).toBe(`${ours}conv.weight`);
      }),
    );
  });

  it("that an exporter made up do not hide a prefix", () => {
    const m = netOf({ "model.conv.bias": [2], "model.head.weight": [4, 2], "onnx::MatMul_7": [3, 2], mean: [1] });
    expect(withWeights(m, weights())).toMatchObject({ replaced: 2, added: "model.", kept: ["onnx::MatMul_7", "mean"] });
  });

  it("of a part of the checkpoint fit without the rest", () => {
    const given = new Map([...weights("model."), ["criterion.weight", filled([3], 1)], ["model.bn.num_batches_tracked", filled([], 5, "int64")]]);
    const used = withWeights(netOf(NET), given);
    expect(used).toMatchObject({ replaced: 4, dropped: "model.", ignored: ["criterion.weight"], others: [] });
  });

  it("as they are come before those of a copy, and the copies are named", () => {
    const both = withWeights(netOf(NET), new Map([...weights("ema.", 2), ...weights("", 1)]));
    expect([first(both.model, "conv.bias"), both.dropped, both.others]).toEqual([1, "", ["ema"]]);
    const copies = withWeights(netOf(NET), new Map([...weights("model_ema.", 2), ...weights("online.", 1), ...weights("old.", 3)]));
    expect([first(copies.model, "conv.bias"), copies.dropped, copies.others]).toEqual([1, "online.", ["old", "model_ema"]]);
  });

  it("of two networks fit the one that has the shapes", () => {
    const narrow = new Map(
      Object.entries(NET).map(([k, s]): [string, Tensor] => [
        `G.${k}`,
        filled(
          s.map((d) => d + 1),
          2,
        ),
      ]),
    );
    const used = withWeights(netOf(NET), new Map([...narrow, ...weights("D.", 1)]));
    expect([first(used.model, "conv.bias"), used.dropped]).toEqual([1, "D."]);
  });

  it("with a prefix that only some have are not found where too few of them fit", () => {
    const given = new Map([
      ["other.bias", filled([2], 1)],
      ["other.weight", filled([9], 1)],
      ["other.scale", filled([9], 1)],
      ["more.scale", filled([2], 1)],
    ]);
    expect(withWeights(netOf({ bias: [2], a: [3] }), new Map([...given].slice(0, 3)))).toMatchObject({ replaced: 1, dropped: "other." });
    expect(refusal(netOf({ bias: [2], "x.b": [3], "y.c": [3], "z.d": [4] }), given)).toMatchObject({ code: "bind/input" });
  });
});

describe("weights", () => {
  it("of another precision are converted, and NaN passes", () => {
    const used = withWeights(netOf({ a: [2] }), new Map([["a", tensor("float64", [2], [0.1, NaN])]]));
    expect(used.model.graph.initializers.get("a")).toEqual(tensor("float32", [2], [Math.fround(0.1), NaN]));
  });

  it("of another shape are refused with both, transposed ones as well", () => {
    const error = refusal(netOf(NET), new Map([...weights("module."), ["module.head.weight", filled([2, 4], 1)]]));
    expect(error).toMatchObject({ code: "bind/input", at: ["m.onnx", "head.weight"], parts: { expected: "[4, 2]", received: "[2, 4]" } });
    expect(error.message).toContain('"module.head.weight" has another shape');
  });

  it("of another kind are refused", () =>
    expect(refusal(netOf({ a: [2] }), new Map([["a", filled([2], 1, "int64")]])).message).toContain("another kind of element"));

  it("are never taken by their shape alone", () => {
    const used = withWeights(
      netOf({ "onnx::MatMul_7": [2, 3], "fc.bias": [3] }),
      new Map([
        ["fc.weight", filled([3, 2], 1)],
        ["fc.bias", filled([3], 1)],
      ]),
    );
    expect([used.replaced, used.kept, used.ignored]).toEqual([1, ["onnx::MatMul_7"], ["fc.weight"]]);
  });

  it("none of which fits are refused with names of both sides", () => {
    const error = refusal(netOf(NET), new Map([["encoder.wight", filled([2], 1)]]));
    expect(error.parts).toMatchObject({ expected: "names like conv.weight, conv.bias, bn.running_mean and 1 more", received: "encoder.wight" });
    expect(refusal(netOf(NET), new Map([["conv.wight", filled([2], 1)]])).message).toContain('Did you mean "conv.weight"?');
    expect(refusal(netOf(NET), new Map())).toMatchObject({ code: "bind/input" });
  });

  it("of a hundred thousand names are found", () => {
    const names = Array.from({ length: 100_000 }, (_, i) => `a.b.c.d.${i}.w`);
    const given = new Map(names.map((n) => [`module.${n}`, filled([1], 1)]));
    expect(withWeights(netOf(Object.fromEntries(names.slice(0, 1000).map((n) => [n, [1]]))), given).replaced).toBe(1000);
  });
});
