import { describe, expect, it } from "vitest";
import type { NodeProto } from "onnx-buf";
import { readOnnx } from "../../src/onnx/read.js";
import { bind } from "../../src/passes/bind.js";
import { parametersOf } from "../../src/passes/parameters.js";
import { setAsideOf } from "../../src/passes/set-aside.js";
import type { Trained } from "../../src/passes/set-aside.js";
import { IsogradError } from "../../src/util/errors.js";
import { f32, i64, int, ints, model, node, value } from "../support/model.js";

const MASK = [0, 1, 0];
const NEGATIVE = [0, -1e9, 0];

/** What is set aside of x·W [2, 3], the scores `s`, on which some nodes use `m` [3]; the last one's output is `y`. */
function aside(nodes: readonly NodeProto[], m: readonly number[], trained: Trained = {}, buffers: readonly string[] = []): readonly string[] {
  const read = readOnnx(
    model({
      inputs: [value("x", [2, 4])],
      outputs: [value("y")],
      nodes: [node("MatMul", ["x", "W"], ["s"]), ...nodes],
      initializers: [
        f32(
          "W",
          [4, 3],
          Array.from({ length: 12 }, (_, i) => Math.sin(i + 1)),
        ),
        f32("m", [3], m),
        f32("one", [], [1]),
        f32("big", [], [-1e4]),
        f32("half", [], [0.5]),
        f32("eps", [], [1e-6]),
        i64("rows", [2, 3]),
        i64("first", [0]),
      ],
    }),
    { name: "net" },
  );
  const bound = bind({ ...read, buffers: new Set(buffers) });
  return setAsideOf(bound, parametersOf(bound, bound.graph.outputs[0]!), trained).map((s) => s.name);
}

const softmax = (v: string): NodeProto => node("Softmax", [v], ["y"], { axis: int(-1) });

describe("masks", () => {
  it.each<[string, readonly NodeProto[], readonly number[]]>([
    ["added", [node("Add", ["s", "m"], ["a"]), softmax("a")], NEGATIVE],
    ["added, −∞", [node("Add", ["m", "s"], ["a"]), softmax("a")], [0, -Infinity, 0]],
    ["the least float16", [node("Add", ["m", "s"], ["a"]), softmax("a")], [0, -65504, 0]],
    ["all of it dark", [node("Add", ["m", "s"], ["a"]), softmax("a")], [-1e9, -1e9, -1e9]],
    ["zeros and ones, added", [node("Add", ["s", "m"], ["a"]), softmax("a")], MASK],
    ["subtracted", [node("Sub", ["s", "m"], ["a"]), softmax("a")], MASK],
    ["repeated before", [node("Expand", ["m", "rows"], ["e"]), node("Add", ["s", "e"], ["a"]), softmax("a")], NEGATIVE],
    ["reshaped before", [node("Unsqueeze", ["m", "first"], ["u"]), node("Add", ["s", "u"], ["a"]), softmax("a")], NEGATIVE],
    ["as (1 − m)·−10⁴", [node("Sub", ["one", "m"], ["c"]), node("Mul", ["c", "big"], ["b"]), node("Add", ["s", "b"], ["a"]), softmax("a")], MASK],
    ["the sum halved", [node("Add", ["s", "m"], ["a"]), node("Mul", ["a", "half"], ["h"]), softmax("h")], NEGATIVE],
    ["the sum divided", [node("Add", ["s", "m"], ["a"]), node("Div", ["a", "half"], ["h"]), softmax("h")], NEGATIVE],
    ["the sum turned", [node("Add", ["s", "m"], ["a"]), node("Transpose", ["a"], ["t"], { perm: ints([0, 1]) }), softmax("t")], NEGATIVE],
    ["into a log-softmax", [node("Add", ["s", "m"], ["a"]), node("LogSoftmax", ["a"], ["y"])], NEGATIVE],
    [
      "as m and 1 − m",
      [node("Mul", ["s", "m"], ["k"]), node("Sub", ["one", "m"], ["c"]), node("Mul", ["c", "big"], ["b"]), node("Sub", ["k", "b"], ["y"])],
      MASK,
    ],
  ])("%s", (_, nodes, m) => {
    expect(aside(nodes, m)).toEqual(["m"]);
    expect(aside(nodes, m, { trainable: ["m"] })).toEqual([]);
  });

  it.each<[string, readonly NodeProto[], readonly number[]]>([
    ["a learned bias that begins as zero", [node("Add", ["s", "m"], ["a"]), softmax("a")], [0, 0, 0]],
    ["one that begins as one", [node("Add", ["s", "m"], ["a"]), softmax("a")], [1, 1, 1]],
    ["other numbers", [node("Add", ["s", "m"], ["a"]), softmax("a")], [0, -1e9, -0.5]],
    ["numbers too small to hide anything", [node("Add", ["s", "m"], ["a"]), softmax("a")], [0, -9999, 0]],
    ["a bias of what enters no softmax", [node("Add", ["s", "m"], ["y"])], MASK],
    ["one that enters a function first", [node("Add", ["s", "m"], ["a"]), node("Tanh", ["a"], ["t"]), softmax("t")], MASK],
    ["one that goes elsewhere, too", [node("Add", ["s", "m"], ["a"]), node("Softmax", ["a"], ["p"]), node("Add", ["a", "p"], ["y"])], NEGATIVE],
    ["one that is used twice", [node("Add", ["s", "m"], ["a"]), node("Softmax", ["a"], ["p"]), node("Mul", ["p", "m"], ["y"])], MASK],
    ["a factor", [node("Mul", ["s", "m"], ["y"])], MASK],
    ["a factor of what enters a softmax", [node("Mul", ["s", "m"], ["a"]), softmax("a")], MASK],
    ["1 − m without m", [node("Sub", ["one", "m"], ["c"]), node("Mul", ["s", "c"], ["y"])], MASK],
  ])("not: %s", (_, nodes, m) => {
    expect(aside(nodes, m)).toEqual([]);
  });
});

describe("fixed exponents", () => {
  it.each<[string, readonly NodeProto[], readonly number[], readonly string[]]>([
    ["a square of what may be negative", [node("Pow", ["s", "m"], ["y"])], [2, 2, 2], ["m"]],
    ["repeated", [node("Expand", ["m", "rows"], ["e"]), node("Pow", ["s", "e"], ["y"])], [3, 3, 3], ["m"]],
    ["a learned one of what is clamped, as in GeM pooling", [node("Clip", ["s", "eps"], ["c"]), node("Pow", ["c", "m"], ["y"])], [3, 3, 3], []],
    ["of what a ReLU leaves", [node("Relu", ["s"], ["c"]), node("Pow", ["c", "m"], ["y"])], [3, 3, 3], []],
    ["no whole number, which is no number for a negative one", [node("Pow", ["s", "m"], ["y"])], [0.5, 2, 2], []],
    ["a base", [node("Pow", ["m", "s"], ["y"])], [2, 2, 2], []],
    ["one that is added elsewhere", [node("Pow", ["s", "m"], ["p"]), node("Add", ["p", "m"], ["y"])], [2, 2, 2], []],
  ])("%s", (_, nodes, m, expected) => {
    expect(aside(nodes, m)).toEqual(expected);
  });
});

describe("what is said of parameters", () => {
  const nodes = [node("Add", ["s", "m"], ["y"])];

  it("decides: frozen, buffers by the exporter's notes, trainable over both", () => {
    expect(aside(nodes, [1, 2, 3])).toEqual([]);
    expect(aside(nodes, [1, 2, 3], { frozen: ["W"] })).toEqual(["W"]);
    expect(aside(nodes, [1, 2, 3], {}, ["m"])).toEqual(["m"]);
    expect(aside(nodes, [1, 2, 3], { trainable: ["m"] }, ["m"])).toEqual([]);
  });

  it.each<[Trained, RegExp]>([
    [{ frozen: ["w"] }, /there is no parameter "w".*Did you mean "W"/],
    [{ trainable: ["nothing of it"] }, /there is no parameter "nothing of it"/],
    [{ trainable: ["W"], frozen: ["m", "W"] }, /"W" is both trainable and frozen/],
  ])("refuses %j", (trained, words) => {
    expect(() => aside(nodes, MASK, trained)).toThrow(words);
    expect(() => aside(nodes, MASK, trained)).toThrow(IsogradError);
  });
});
