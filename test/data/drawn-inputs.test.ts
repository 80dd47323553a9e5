import { expect, it } from "vitest";
import type { Model } from "../../src/graph/graph.js";
import { readOnnx } from "../../src/onnx/read.js";
import { bindFreely, drawInputs } from "../../src/data/drawn-inputs.js";
import { DataType as T, f32, i64, int, ints, model, node, value } from "../support/model.js";

const read = (parts: Parameters<typeof model>[0]): Model => readOnnx(model(parts), { name: "m.onnx" });
const chosen = (m: Model): readonly string[] => bindFreely(m, {}).choices.map((c) => `${c.what} = ${c.value}`);

it("takes 16 for a free axis 0 and the first size that fits for the others", () => {
  const conv = read({
    inputs: [value("x", ["n", 1, "t"])],
    outputs: [value("y")],
    nodes: [node("Conv", ["x", "k"], ["y"], { kernel_shape: ints([100]) })],
    initializers: [f32("k", [2, 1, 100])],
  });
  expect(chosen(conv)).toEqual(["free dim n = 16", "free dim t = 512"]);
});

it("finds that a free dim is the batch where no size fits otherwise", () => {
  const cell = read({
    inputs: [value("x", ["", ""]), value("state", [2, "", 4])],
    outputs: [value("y")],
    nodes: [
      node("ReduceMean", ["x"], ["m"], { axes: ints([1]), keepdims: int(1) }),
      node("ReduceMean", ["state"], ["s"], { axes: ints([0]), keepdims: int(0) }),
      node("Concat", ["m", "s"], ["y"], { axis: int(1) }),
    ],
    initializers: [],
  });
  expect(chosen(cell)).toEqual(["free dims x.0, state.1 = 16", "free dim x.1 = 64"]);
});

it("tells the error of the first size where none fits", () => {
  const never = read({
    inputs: [value("x", ["n", "t"])],
    outputs: [value("y")],
    nodes: [node("MatMul", ["x", "w"], ["y"])],
    initializers: [f32("w", [7, 2])],
  });
  expect(() => bindFreely(never, {})).toThrow(/m\.onnx.*64/);
});

it("draws an integer below the rows of the table that it looks up, and sets a scalar to what it is compared with", () => {
  const m = read({
    inputs: [value("ids", ["n", 3], T.INT64), value("rate", [], T.INT64)],
    outputs: [value("y")],
    nodes: [node("Gather", ["table", "ids"], ["e"]), node("Equal", ["rate", "eight"], ["is"]), node("Where", ["is", "e", "e"], ["y"])],
    initializers: [f32("table", [5, 2]), i64("eight", [8000], [])],
  });
  const { bound, choices } = bindFreely(m, {});
  expect(choices.map((c) => `${c.what} = ${c.value}`)).toEqual(["input rate = 8000", "free dim n = 16"]);
  const { tensors } = drawInputs(bound.graph, 3);
  const ids = Array.from(tensors.get("ids")!.data);
  expect(ids).toHaveLength(48);
  expect(new Set(ids)).toEqual(new Set([0, 1, 2, 3, 4]));
  expect(Array.from(drawInputs(bound.graph, 3).tensors.get("ids")!.data)).toEqual(ids);
  expect(Array.from(drawInputs(bound.graph, 4).tensors.get("ids")!.data)).not.toEqual(ids);
});

it("chooses the free dims of an input that is fixed to one number", () => {
  const m = read({
    inputs: [value("x", ["n", 3]), value("mask", ["n", 1])],
    outputs: [value("y")],
    nodes: [node("Mul", ["x", "mask"], ["y"])],
    initializers: [],
  });
  const { bound } = bindFreely(m, { set: { mask: 1 } });
  expect(bound.graph.inputs.map((i) => i.name)).toEqual(["x"]);
  expect(bound.graph.types.get("mask")!.shape).toEqual([16, 1]);
});

it("draws indices below the rows of the table that they index, also behind a selection of them", () => {
  const limits = (nodes: NonNullable<Parameters<typeof model>[0]["nodes"]>): readonly string[] => {
    const m = read({
      inputs: [value("ids", [4], T.INT64)],
      outputs: [value("y")],
      nodes,
      initializers: [f32("table", [7, 3]), f32("line", [5]), i64("some", [0, 2, 3])],
    });
    const { bound } = bindFreely(m, {});
    return drawInputs(bound.graph, 1).choices.map((c) => c.value);
  };
  expect(limits([node("Gather", ["table", "ids"], ["y"])])).toEqual(["int64[4], uniform below 7, seed 1"]);
  expect(limits([node("Gather", ["ids", "some"], ["part"]), node("Gather", ["table", "part"], ["y"])])).toEqual([
    "int64[4], uniform below 7, seed 1",
  ]);
  expect(limits([node("GatherElements", ["line", "ids"], ["y"])])).toEqual(["int64[4], uniform below 5, seed 1"]);
  expect(limits([node("Cast", ["ids"], ["y"], { to: int(1) })])).toEqual(["int64[4], 1, seed 1"]);
});
