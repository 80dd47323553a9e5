import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import type { ModelProto } from "onnx-buf";
import { tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { writeOnnx } from "../../src/onnx/write.js";
import { allOps } from "../../src/ops/registry.js";
import { build } from "../support/examples.js";
import {
  DataType as T,
  fn,
  f32,
  float,
  graph,
  graphAttr,
  i64,
  int,
  ints,
  modelProto,
  node,
  ref,
  AttributeType as A,
  string,
  value,
} from "../support/model.js";

/** A small valid use of the command, to be damaged. */
export interface Seed {
  readonly name: string;
  readonly model: ModelProto;
  readonly batch: ReadonlyMap<string, Tensor>;
  readonly args: readonly string[];
}

const ramp = (shape: readonly number[], scale = 0.37): Tensor =>
  tensor(
    "float32",
    shape,
    Float32Array.from({ length: shape.reduce((a, d) => a * d, 1) }, (_, i) => Math.sin(1 + scale * i)),
  );
const labels = (...values: number[]): [string, Tensor] => ["labels", tensor("int64", [values.length], values)];

const mlp: Seed = {
  name: "mlp",
  model: modelProto({
    inputs: [value("x", ["n", 4])],
    outputs: [value("y", ["n", 3])],
    nodes: [
      node("Gemm", ["x", "w1", "b1"], ["h"], { transB: int(1) }),
      node("Relu", ["h"], ["r"]),
      node("MatMul", ["r", "w2"], ["m"]),
      node("Add", ["m", "b2"], ["y"]),
    ],
    initializers: [f32("w1", [5, 4]), f32("b1", [5]), f32("w2", [5, 3]), f32("b2", [3])],
  }),
  batch: new Map([["x", ramp([2, 4])], labels(2, 0)]),
  args: [],
};

const convnet: Seed = {
  name: "convnet",
  model: modelProto({
    opset: 13,
    inputs: [value("x", ["n", 2, 6, 6])],
    outputs: [value("y", ["n", 3])],
    nodes: [
      node("Conv", ["x", "k"], ["c"], {
        kernel_shape: ints([3, 3]),
        pads: ints([1, 1, 1, 1]),
        strides: ints([1, 1]),
        dilations: ints([1, 1]),
        group: int(1),
      }),
      node("BatchNormalization", ["c", "s", "o", "mean", "var"], ["n"], { epsilon: float(1e-5) }),
      node("Relu", ["n"], ["r"]),
      node("MaxPool", ["r"], ["p"], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) }),
      node("GlobalAveragePool", ["p"], ["g"]),
      node("Flatten", ["g"], ["f"], { axis: int(1) }),
      node("Gemm", ["f", "w", "b"], ["y"], { alpha: float(1), beta: float(1), transB: int(1) }),
    ],
    initializers: [
      f32("k", [4, 2, 3, 3]),
      f32("s", [4], [1, 1.5]),
      f32("o", [4]),
      f32("mean", [4]),
      f32("var", [4], [1, 2]),
      f32("w", [3, 4]),
      f32("b", [3]),
    ],
  }),
  batch: new Map([["x", ramp([2, 2, 6, 6])], labels(1, -100)]),
  args: [],
};

const shapes: Seed = {
  name: "shape arithmetic",
  model: modelProto({
    inputs: [value("x", ["n", "t", 4])],
    outputs: [value("y", ["n", "k"])],
    nodes: [
      node("Shape", ["x"], ["s"]),
      node("Gather", ["s", "zero"], ["n"], { axis: int(0) }),
      node("Unsqueeze", ["n", "zeros"], ["n1"]),
      node("Concat", ["n1", "rest"], ["to"], { axis: int(0) }),
      node("Reshape", ["x", "to"], ["flat"]),
      node("Slice", ["flat", "from", "until", "axes"], ["cut"]),
      node("Pad", ["cut", "pads"], ["wide"], { mode: string("constant") }),
      node("Transpose", ["wide"], ["turned"], { perm: ints([1, 0]) }),
      node("Tile", ["turned", "repeats"], ["tiled"]),
      node("ReduceMean", ["tiled"], ["mean"], { axes: ints([0]), keepdims: int(0) }),
      node("Mul", ["mean", "w"], ["y"]),
    ],
    initializers: [
      i64("zero", [0], []),
      i64("zeros", [0]),
      i64("rest", [-1]),
      i64("from", [0]),
      i64("until", [3]),
      i64("axes", [1]),
      i64("pads", [0, 1, 0, 1]),
      i64("repeats", [2, 1]),
      f32("w", [2]),
    ],
  }),
  batch: new Map([["x", ramp([2, 3, 4])]]),
  args: ["--loss", "sum"],
};

const control: Seed = {
  name: "control flow",
  model: modelProto({
    inputs: [value("x", ["n", 3]), value("train", [], T.BOOL)],
    outputs: [value("y", ["n", 3])],
    nodes: [
      node("If", ["train"], ["a"], {
        then_branch: graphAttr(graph({ nodes: [node("Mul", ["x", "w"], ["t"])], outputs: ["t"] })),
        else_branch: graphAttr(graph({ nodes: [node("Add", ["x", "v"], ["e"])], outputs: ["e"], initializers: [f32("v", [3])] })),
      }),
      node("Loop", ["m", "", "a"], ["y"], {
        body: graphAttr(
          graph({
            inputs: [value("i", [], T.INT64), value("go", [], T.BOOL), value("h", ["n", 3])],
            outputs: ["go_on", "next"],
            nodes: [node("Identity", ["go"], ["go_on"]), node("Mul", ["h", "w"], ["hw"]), node("Tanh", ["hw"], ["next"])],
          }),
        ),
      }),
    ],
    initializers: [f32("w", [3]), i64("m", [3], [])],
  }),
  batch: new Map([["x", ramp([2, 3])]]),
  args: ["--loss", "sum", "--set", "train=true"],
};

const functions: Seed = {
  name: "functions",
  model: modelProto({
    inputs: [value("x", ["n", 4])],
    outputs: [value("y", ["n", 4])],
    nodes: [node("Block", ["x", "w"], ["h"], { alpha: float(0.2) }, { domain: "local" }), node("Block", ["h", "w"], ["y"], {}, { domain: "local" })],
    initializers: [f32("w", [4, 4])],
    domains: { local: 1 },
    functions: [
      fn(
        "Block",
        "local",
        ["a", "b"],
        ["c"],
        [node("MatMul", ["a", "b"], ["m"]), node("Act", ["m"], ["c"], { alpha: ref("alpha", A.FLOAT) }, { domain: "local" })],
        { names: ["alpha"] },
      ),
      fn("Act", "local", ["a"], ["c"], [node("LeakyRelu", ["a"], ["c"], { alpha: ref("alpha", A.FLOAT) })], { defaults: { alpha: float(0.1) } }),
    ],
  }),
  batch: new Map([
    ["x", ramp([2, 4])],
    ["target", ramp([2, 4], 0.9)],
  ]),
  args: [],
};

const recurrent: Seed = {
  name: "recurrent",
  model: modelProto({
    opset: 14,
    inputs: [value("tokens", ["t", "n"], T.INT64)],
    outputs: [value("y", ["t", "n", 3])],
    nodes: [
      node("Gather", ["table", "tokens"], ["e"]),
      node("LSTM", ["e", "W", "R", "B"], ["seq", "last"], { hidden_size: int(3), direction: string("forward") }),
      node("Squeeze", ["seq", "one"], ["s"]),
      node("LayerNormalization", ["s", "g"], ["y"], { axis: int(-1), epsilon: float(1e-5) }),
    ],
    initializers: [f32("table", [7, 2]), f32("W", [1, 12, 2]), f32("R", [1, 12, 3]), f32("B", [1, 24]), i64("one", [1]), f32("g", [3])],
  }),
  batch: new Map([
    ["tokens", tensor("int64", [4, 2], [0, 1, 2, 3, 4, 5, 6, 0])],
    ["labels", tensor("int64", [4, 2], [0, 1, 2, 0, -100, 1, 2, 0])],
  ]),
  args: [],
};

const attention: Seed = {
  name: "attention",
  model: modelProto({
    inputs: [value("x", [1, 4, 6]), value("mask", [4, 4])],
    outputs: [value("y", [1, 4, 6])],
    nodes: [
      node("MatMul", ["x", "wq"], ["q"]),
      node("MatMul", ["x", "wk"], ["k"]),
      node("Transpose", ["k"], ["kt"], { perm: ints([0, 2, 1]) }),
      node("MatMul", ["q", "kt"], ["a"]),
      node("Div", ["a", "c"], ["d"]),
      node("Add", ["d", "mask"], ["masked"]),
      node("Softmax", ["masked"], ["p"], { axis: int(-1) }),
      node("Dropout", ["p", "ratio", "training"], ["dropped"]),
      node("MatMul", ["dropped", "x"], ["o"]),
      node("Einsum", ["o", "wq"], ["y"], { equation: string("bij,jk->bik") }),
    ],
    initializers: [f32("wq", [6, 6]), f32("wk", [6, 6]), f32("c", [], [2]), f32("ratio", [], [0.25])],
  }),
  batch: new Map([
    ["x", ramp([1, 4, 6])],
    ["mask", ramp([4, 4])],
  ]),
  args: ["--loss", "sum", "--dropout", "3"],
};
attention.model.graph!.node[7]!.input.length = 2;

/** Networks written for the purpose. */
export const NETWORKS: readonly Seed[] = [mlp, convnet, shapes, control, functions, recurrent, attention];

/** Every example of every op as a file of one node, in the newest opset. */
export function opSeeds(): Seed[] {
  const only = process.env["ISOGRAD_OPS"]?.split(",");
  return allOps()
    .filter((op) => only?.includes(op.name) ?? true)
    .flatMap((op) =>
      op.examples.flatMap((example): Seed[] => {
        try {
          const { raw, feeds } = build(op, example);
          const batch = new Map([...feeds].map(([k, t]) => [k, t] as const));
          return [
            {
              name: `${op.name}: ${example.name}`,
              model: fromBinary(ModelProtoSchema, writeOnnx(raw, { opset: 25 })),
              batch,
              args: ["--loss", "sum"],
            },
          ];
        } catch {
          return [];
        }
      }),
    );
}
