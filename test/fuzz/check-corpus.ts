import { tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { DataType as T, f32, float, int, ints, modelProto, node, value } from "../support/model.js";
import type { Seed } from "./corpus.js";

// Small networks with a trunk: what a check-up has most to say about.

const wave = (n: number, scale: number, phase: number): Float32Array => Float32Array.from({ length: n }, (_, i) => scale * Math.sin(phase + 1.7 * i));
const rows = (shape: readonly number[], phase = 0.3): Tensor => {
  const n = shape.reduce((p, d) => p * d, 1);
  return tensor("float32", shape, wave(n, 1.4, phase));
};
const classes = (...values: number[]): Tensor => tensor("int64", [values.length], values);

/** Twelve layers of width 6; `scale` makes them vanish, explode or leave float32; `skip` adds shortcuts. */
function deep(name: string, scale: number, act: string, skip: boolean): Seed {
  const layers = Array.from({ length: 12 }, (_, i) => i);
  return {
    name,
    model: modelProto({
      inputs: [value("x", ["n", 6])],
      outputs: [value("y", ["n", 6])],
      nodes: [
        ...layers.flatMap((i) => [
          node("MatMul", [i === 0 ? "x" : `h${i - 1}`, `w${i}`], [`z${i}`], {}, { name: `layer${i}` }),
          node(act, [`z${i}`], [skip ? `a${i}` : `h${i}`]),
          ...(skip ? [node("Add", [i === 0 ? "x" : `h${i - 1}`, `a${i}`], [`h${i}`])] : []),
        ]),
        node("MatMul", ["h11", "out"], ["y"]),
      ],
      initializers: [...layers.map((i) => f32(`w${i}`, [6, 6], wave(36, scale, i))), f32("out", [6, 6], wave(36, 0.5, 99))],
    }),
    batch: new Map([
      ["x", rows([4, 6])],
      ["labels", classes(0, 5, 2, 3)],
    ]),
    args: [],
  };
}

/** A convolution stack whose norms see the whole batch. */
const normed: Seed = {
  name: "training-mode norms",
  model: modelProto({
    opset: 15,
    inputs: [value("x", ["n", 2, 4, 4])],
    outputs: [value("y", ["n", 3])],
    nodes: [
      ...[0, 1, 2, 3].flatMap((i) => [
        node("Conv", [i === 0 ? "x" : `r${i - 1}`, `k${i}`], [`c${i}`], { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]) }),
        node("BatchNormalization", [`c${i}`, "one", "zero", "zero", "one"], [`n${i}`, `m${i}`, `v${i}`], {
          training_mode: int(1),
          epsilon: float(1e-5),
        }),
        node("Relu", [`n${i}`], [`r${i}`]),
      ]),
      node("GlobalAveragePool", ["r3"], ["g"]),
      node("Flatten", ["g"], ["f"], { axis: int(1) }),
      node("MatMul", ["f", "w"], ["z"]),
      node("Softmax", ["z"], ["y"], { axis: int(1) }),
    ],
    initializers: [
      ...[0, 1, 2, 3].map((i) => f32(`k${i}`, [2, 2, 3, 3], wave(36, 0.5, i))),
      f32("one", [2], [1]),
      f32("zero", [2], [0]),
      f32("w", [2, 3]),
    ],
  }),
  batch: new Map([
    ["x", rows([4, 2, 4, 4])],
    ["labels", classes(0, 2, 1, -100)],
  ]),
  args: [],
};

/** One sigmoid column over embedded tokens. */
const tokens: Seed = {
  name: "tokens to one sigmoid column",
  model: modelProto({
    inputs: [value("tokens", ["n", "t"], T.INT64)],
    outputs: [value("p", ["n", 1])],
    nodes: [
      node("Gather", ["table", "tokens"], ["e"]),
      node("MatMul", ["e", "w0"], ["a"]),
      node("Tanh", ["a"], ["b"]),
      node("Add", ["e", "b"], ["h"]),
      node("ReduceMean", ["h"], ["m"], { axes: ints([1]), keepdims: int(0) }),
      node("MatMul", ["m", "w1"], ["z"]),
      node("Sigmoid", ["z"], ["p"]),
    ],
    initializers: [f32("table", [9, 4], wave(36, 1, 3)), f32("w0", [4, 4]), f32("w1", [4, 1])],
  }),
  batch: new Map([
    ["tokens", tensor("int64", [3, 5], [0, 1, 2, 3, 4, 8, 7, 6, 5, 4, 0, 0, 1, 1, 2])],
    ["labels", tensor("int64", [3, 1], [0, 1, 1])],
  ]),
  args: [],
};

/** Logits per place, axis 0 not the batch. */
const places: Seed = {
  name: "logits per place",
  model: modelProto({
    inputs: [value("x", ["t", "n", 4])],
    outputs: [value("y", ["t", "n", 3])],
    nodes: [node("MatMul", ["x", "w0"], ["a"]), node("Gelu", ["a"], ["b"]), node("Add", ["x", "b"], ["h"]), node("MatMul", ["h", "w1"], ["y"])],
    initializers: [f32("w0", [4, 4]), f32("w1", [4, 3])],
    opset: 20,
  }),
  batch: new Map([
    ["x", rows([5, 2, 4])],
    ["labels", tensor("int64", [5, 2], [0, 1, 2, 0, 1, 2, 0, 1, -100, 2])],
  ]),
  args: [],
};

/** Networks to check up. */
export const TRUNKS: readonly Seed[] = [
  deep("healthy", 0.55, "Tanh", false),
  deep("explodes", 9, "Relu", false),
  deep("leaves float32 backwards", 3e4, "Identity", false),
  deep("leaves float32 forwards", 1e8, "Identity", false),
  deep("underflows", 1e-6, "Identity", false),
  deep("saturates", 30, "Sigmoid", false),
  deep("bare shortcuts", 0.7, "Relu", true),
  normed,
  tokens,
  places,
];
