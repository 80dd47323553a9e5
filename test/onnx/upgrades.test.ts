import { create } from "@bufbuild/protobuf";
import { ValueInfoProtoSchema } from "onnx-buf";
import type { ValueInfoProto } from "onnx-buf";
import { describe, expect, it } from "vitest";
import { sizeOf, tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { readOnnx } from "../../src/onnx/read.js";
import { bind } from "../../src/passes/bind.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { stream } from "../../src/util/random.js";
import { f32, float, floats, graph as subgraph, graphAttr, i64, int, ints, model, node, string, value } from "../support/model.js";
import type { Attrs } from "../support/model.js";
import { runOrtBytes } from "../support/ort.js";

// Older opsets as onnxruntime itself reads them: every op whose attributes, inputs or defaults changed since opset 7, in its older
// forms, run by onnxruntime from the old file and by our reference after the upgrade.

interface Case {
  readonly op: string;
  readonly opsets: readonly number[];
  readonly attrs?: Attrs;
  /** Shapes of the float inputs, or an initializer: int64 values, or floats. */
  readonly inputs: readonly (
    | readonly number[]
    | { readonly int64: readonly number[]; readonly dims?: readonly number[] }
    | { readonly float32: readonly number[]; readonly dims?: readonly number[] }
  )[];
  readonly outputs?: number;
  readonly note?: string;
  /** Draws are made positive (logarithms, variances). */
  readonly positive?: true;
}

const x: readonly number[] = [2, 3, 4];
const image: readonly number[] = [1, 2, 4, 5];
const none: readonly number[] = [];

const CASES: readonly Case[] = [
  { op: "Clip", opsets: [7, 10], attrs: { min: float(-0.5), max: float(0.4) }, inputs: [x] },
  { op: "Clip", opsets: [7, 10], attrs: { max: float(0.4) }, inputs: [x], note: "max only" },
  { op: "Clip", opsets: [7, 10], inputs: [x], note: "no bounds" },
  { op: "Clip", opsets: [11, 12], inputs: [x, { float32: [-0.5], dims: none }] },
  { op: "Pad", opsets: [7, 10], attrs: { pads: ints([0, 1, 0, 1, 0, 2]), value: float(0.75) }, inputs: [x] },
  { op: "Pad", opsets: [7, 10], attrs: { pads: ints([0, 1, 2, 0, 1, 1]), mode: string("reflect") }, inputs: [x], note: "reflect" },
  { op: "Pad", opsets: [7, 10], attrs: { pads: ints([0, -1, 0, 0, 0, 1]), mode: string("edge") }, inputs: [x], note: "edge, cropped" },
  { op: "Pad", opsets: [11, 13, 18, 19, 21], inputs: [x, { int64: [1, 0, 0, 0, 1, 0] }, { float32: [2], dims: none }] },
  { op: "Slice", opsets: [7, 9], attrs: { starts: ints([1, -3]), ends: ints([3, 1000]), axes: ints([1, 2]) }, inputs: [x] },
  { op: "Slice", opsets: [7, 9], attrs: { starts: ints([0, 1]), ends: ints([1, -1]) }, inputs: [x], note: "no axes" },
  { op: "Slice", opsets: [10, 11], inputs: [x, { int64: [-1] }, { int64: [-1000] }, { int64: [2] }, { int64: [-2] }] },
  { op: "TopK", opsets: [7, 9], attrs: { k: int(2) }, inputs: [x], outputs: 2 },
  { op: "TopK", opsets: [7, 9], attrs: { k: int(2), axis: int(1) }, inputs: [x], outputs: 2, note: "axis" },
  { op: "TopK", opsets: [10], attrs: { axis: int(0) }, inputs: [x, { int64: [1] }], outputs: 2 },
  { op: "TopK", opsets: [11], attrs: { largest: int(0) }, inputs: [x, { int64: [3] }], outputs: 2 },
  { op: "Split", opsets: [7, 11], attrs: { axis: int(2), split: ints([1, 3]) }, inputs: [x], outputs: 2 },
  { op: "Split", opsets: [7, 11, 13], attrs: { axis: int(2) }, inputs: [x], outputs: 2, note: "equal parts" },
  { op: "Split", opsets: [13], attrs: { axis: int(-1) }, inputs: [x, { int64: [3, 1] }], outputs: 2 },
  { op: "Split", opsets: [18], attrs: { axis: int(-1), num_outputs: int(3) }, inputs: [[2, 5]], outputs: 3, note: "unequal parts" },
  { op: "Squeeze", opsets: [7, 11], attrs: { axes: ints([0, 2]) }, inputs: [[1, 3, 1, 4]] },
  { op: "Squeeze", opsets: [7, 12, 13, 21], inputs: [[1, 3, 1, 4]], note: "all" },
  { op: "Unsqueeze", opsets: [7, 11], attrs: { axes: ints([0, 3]) }, inputs: [x] },
  { op: "Unsqueeze", opsets: [11, 12], attrs: { axes: ints([-1]) }, inputs: [x], note: "negative" },
  ...[
    "ReduceSum",
    "ReduceMean",
    "ReduceMax",
    "ReduceMin",
    "ReduceProd",
    "ReduceL1",
    "ReduceL2",
    "ReduceLogSum",
    "ReduceLogSumExp",
    "ReduceSumSquare",
  ].flatMap((op): Case[] => [
    { op, opsets: [7, 11, 12], attrs: { axes: ints([0, 2]), keepdims: int(0) }, inputs: [x], positive: true },
    { op, opsets: [11, 12], attrs: { axes: ints([-1]) }, inputs: [x], positive: true, note: "negative axis, kept" },
    { op, opsets: [7, 12], inputs: [x], positive: true, note: "all axes" },
    ...(op === "ReduceSum" ? [] : [{ op, opsets: [13, 17], attrs: { axes: ints([1]) }, inputs: [x], positive: true } as Case]),
  ]),
  { op: "Dropout", opsets: [7, 10], attrs: { ratio: float(0.3) }, inputs: [x] },
  ...["Softmax", "LogSoftmax", "Hardmax"].flatMap((op): Case[] => [
    { op, opsets: [7, 11, 12], inputs: [x], note: "default axis" },
    { op, opsets: [7, 11, 12], attrs: { axis: int(0) }, inputs: [x], note: "axis 0" },
    { op, opsets: [11, 12], attrs: { axis: int(-1) }, inputs: [x], note: "axis −1" },
    { op, opsets: [13], inputs: [x], note: "default axis" },
  ]),
  { op: "BatchNormalization", opsets: [7, 9, 14], attrs: { epsilon: float(0.01) }, inputs: [image, [2], [2], [2], [2]], positive: true },
  { op: "Gemm", opsets: [7, 9], attrs: { transB: int(1), alpha: float(0.5), beta: float(2) }, inputs: [[2, 3], [4, 3], [4]] },
  {
    op: "Gemm",
    opsets: [11, 13],
    inputs: [
      [2, 3],
      [3, 4],
    ],
    note: "no C",
  },
  { op: "Scatter", opsets: [9, 10], attrs: { axis: int(1) }, inputs: [[2, 4], { int64: [1, 3, 0, 2], dims: [2, 2] }, [2, 2]] },
  { op: "PRelu", opsets: [7, 9, 16], inputs: [x, [3, 1]] },
  { op: "ArgMax", opsets: [7, 11, 12], attrs: { axis: int(1), keepdims: int(0) }, inputs: [x] },
  { op: "OneHot", opsets: [9, 10, 11], inputs: [{ int64: [0, 2, 1] }, { int64: [3], dims: none }, { float32: [-1, 2] }] },
  { op: "Upsample", opsets: [7, 8], attrs: { scales: floats([1, 1, 2, 3]), mode: string("nearest") }, inputs: [image] },
  { op: "Upsample", opsets: [9], attrs: { mode: string("linear") }, inputs: [image, { float32: [1, 1, 2, 2] }] },
  { op: "Resize", opsets: [10], attrs: { mode: string("linear") }, inputs: [image, { float32: [1, 1, 2, 2] }] },
  { op: "Resize", opsets: [10], inputs: [image, { float32: [1, 1, 1.5, 0.6] }], note: "nearest" },
  { op: "AveragePool", opsets: [7, 10, 19], attrs: { kernel_shape: ints([2, 3]), strides: ints([1, 2]), pads: ints([1, 1, 0, 1]) }, inputs: [image] },
  {
    op: "AveragePool",
    opsets: [7, 11],
    attrs: { kernel_shape: ints([3, 3]), auto_pad: string("SAME_LOWER"), count_include_pad: int(1) },
    inputs: [image],
    note: "SAME_LOWER",
  },
  {
    op: "MaxPool",
    opsets: [7, 8, 10, 12],
    attrs: { kernel_shape: ints([2, 2]), strides: ints([2, 2]), auto_pad: string("SAME_UPPER") },
    inputs: [image],
  },
  {
    op: "MaxPool",
    opsets: [8, 11],
    attrs: { kernel_shape: ints([2, 2]), storage_order: int(1) },
    inputs: [image],
    outputs: 2,
    note: "column-major indices",
  },
  { op: "LpPool", opsets: [7, 11, 18], attrs: { kernel_shape: ints([2, 2]), p: int(1) }, inputs: [image] },
  { op: "GlobalLpPool", opsets: [7], inputs: [image] },
  { op: "Flatten", opsets: [7, 9, 11], attrs: { axis: int(2) }, inputs: [x] },
  { op: "Cast", opsets: [7, 9, 13], attrs: { to: int(7) }, inputs: [x] },
  { op: "MeanVarianceNormalization", opsets: [9, 13], attrs: { axes: ints([0, 2]) }, inputs: [x] },
  { op: "InstanceNormalization", opsets: [7, 21], inputs: [image, [2], [2]] },
  { op: "LRN", opsets: [7, 13], attrs: { size: int(3), alpha: float(0.3) }, inputs: [[1, 5, 2, 2]] },
  { op: "LpNormalization", opsets: [7], attrs: { axis: int(1), p: int(1) }, inputs: [x] },
  { op: "Concat", opsets: [7, 11], attrs: { axis: int(1) }, inputs: [x, x] },
  ...["Pow", "Add", "Sub", "Mul", "Div"].map((op): Case => ({ op, opsets: [7, 12, 13, 14], inputs: [x, [3, 1]], positive: true })),
  ...["Max", "Min", "Mean", "Sum"].map((op): Case => ({ op, opsets: [7, 8, 12, 13], inputs: [x, x, x] })),
  ...["Max", "Sum"].map((op): Case => ({ op, opsets: [8, 12], inputs: [x, [4]], note: "broadcast" })),
  { op: "Tile", opsets: [7, 12], inputs: [x, { int64: [1, 2, 1] }] },
  { op: "Expand", opsets: [8, 12], inputs: [[3, 1], { int64: [2, 1, 4] }] },
  { op: "Reshape", opsets: [7, 13, 14], inputs: [x, { int64: [0, -1] }] },
  { op: "Transpose", opsets: [7, 12], inputs: [x] },
  { op: "Gather", opsets: [7, 11], attrs: { axis: int(1) }, inputs: [x, { int64: [2, 0] }] },
  { op: "DepthToSpace", opsets: [7, 10], attrs: { blocksize: int(2) }, inputs: [[1, 4, 2, 3]] },
  { op: "DepthToSpace", opsets: [11], attrs: { blocksize: int(2), mode: string("CRD") }, inputs: [[1, 4, 2, 3]], note: "CRD" },
  { op: "SpaceToDepth", opsets: [7, 12], attrs: { blocksize: int(2) }, inputs: [[1, 1, 4, 6]] },
  { op: "Conv", opsets: [7, 11], attrs: { pads: ints([1, 0, 1, 2]), strides: ints([2, 1]) }, inputs: [image, [3, 2, 2, 2], [3]] },
  { op: "ConvTranspose", opsets: [7, 11], attrs: { strides: ints([2, 2]), output_padding: ints([1, 0]) }, inputs: [image, [2, 3, 2, 2]] },
  {
    op: "LSTM",
    opsets: [7, 13],
    attrs: { hidden_size: int(2) },
    inputs: [
      [3, 1, 2],
      [1, 8, 2],
      [1, 8, 2],
      [1, 16],
    ],
    outputs: 3,
  },
  {
    op: "GRU",
    opsets: [7, 13],
    attrs: { hidden_size: int(2), linear_before_reset: int(1) },
    inputs: [
      [3, 1, 2],
      [1, 6, 2],
      [1, 6, 2],
      [1, 12],
    ],
    outputs: 2,
  },
  {
    op: "RNN",
    opsets: [7, 13],
    attrs: { hidden_size: int(2) },
    inputs: [
      [3, 1, 2],
      [1, 2, 2],
      [1, 2, 2],
      [1, 4],
    ],
    outputs: 2,
  },
  { op: "Shape", opsets: [7, 13], inputs: [x] },
  { op: "EyeLike", opsets: [9], attrs: { k: int(1) }, inputs: [[3, 4]] },
  { op: "ThresholdedRelu", opsets: [10], attrs: { alpha: float(0.2) }, inputs: [x] },
  { op: "LeakyRelu", opsets: [7, 15], attrs: { alpha: float(0.2) }, inputs: [x] },
  { op: "HardSigmoid", opsets: [7, 21], inputs: [x] },
  { op: "GridSample", opsets: [16], attrs: { mode: string("bilinear") }, inputs: [image, [1, 2, 3, 2]] },
  {
    op: "GridSample",
    opsets: [16],
    attrs: { mode: string("bicubic"), padding_mode: string("border") },
    inputs: [image, [1, 2, 3, 2]],
    note: "bicubic",
  },
  { op: "GroupNormalization", opsets: [18], attrs: { num_groups: int(2), epsilon: float(0.01) }, inputs: [[1, 4, 2, 3], [2], [2]] },
  { op: "GroupNormalization", opsets: [21], attrs: { num_groups: int(2), epsilon: float(0.01) }, inputs: [[1, 4, 2, 3], [4], [4]] },
  { op: "LayerNormalization", opsets: [17], inputs: [x, [4], [4]] },
];

function build(c: Case, opset: number): { readonly bytes: Uint8Array; readonly feeds: Map<string, Tensor> } {
  const feeds = new Map<string, Tensor>();
  const names = c.inputs.map((_, i) => `in${i}`);
  const initializers = c.inputs.flatMap((spec, i) =>
    "int64" in spec
      ? [i64(names[i]!, spec.int64, spec.dims)]
      : "float32" in spec
        ? [f32(names[i]!, spec.dims ?? [spec.float32.length], spec.float32)]
        : [],
  );
  const inputs = c.inputs.flatMap((spec, i) => {
    if ("int64" in spec || "float32" in spec) return [];
    const random = stream(3, `${c.op} ${i}`);
    const draws = Float64Array.from({ length: sizeOf(spec) }, (_, k) =>
      Math.fround(c.positive ? Math.abs(random.normal(k)) + 0.1 : random.normal(k)),
    );
    feeds.set(names[i]!, tensor("float32", spec, draws));
    return [value(names[i]!, spec)];
  });
  const outputs = Array.from({ length: c.outputs ?? 1 }, (_, k) => `out${k}`);
  return { bytes: model({ opset, inputs, outputs, initializers, nodes: [node(c.op, names, outputs, c.attrs)] }), feeds };
}

describe("an older file means what it meant", () => {
  for (const c of CASES) {
    for (const opset of c.opsets) {
      it(`${c.op} of opset ${opset}${c.note ? `, ${c.note}` : ""}`, async () => {
        const { bytes, feeds } = build(c, opset);
        const expected = await runOrtBytes(bytes, feeds);
        expect(expected.size).toBe(c.outputs ?? 1);
        const { graph } = bind(readOnnx(bytes));
        const values = evaluateGraph(graph, feeds);
        [...expected.values()].forEach((e, k) => {
          const actual = values.get(graph.outputs[k]!)!;
          expect(actual.shape).toEqual(e.shape);
          expect(actual.dtype).toBe(e.dtype);
          for (let i = 0; i < e.data.length; i++)
            expect(Math.abs(actual.data[i]! - e.data[i]!)).toBeLessThanOrEqual(2e-6 + 2e-5 * Math.abs(e.data[i]!));
        });
      });
    }
  }
});

describe("a subgraph may leave the types of its inputs unsaid", () => {
  it("as ONNX's own functions do in Loop", () => {
    const untyped = (name: string): ValueInfoProto => create(ValueInfoProtoSchema, { name });
    const body = subgraph({
      inputs: [untyped("i"), untyped("go"), untyped("h")],
      outputs: ["go_on", "next"],
      nodes: [node("Identity", ["go"], ["go_on"]), node("Tanh", ["h"], ["next"])],
    });
    const bytes = model({
      opset: 16,
      inputs: [value("x", [2])],
      outputs: ["y"],
      initializers: [i64("count", [3], [])],
      nodes: [node("Loop", ["count", "", "x"], ["y"], { body: graphAttr(body) })],
    });
    const { graph } = bind(readOnnx(bytes));
    const y = evaluateGraph(graph, new Map([["x", tensor("float32", [2], [1, -2])]])).get(graph.outputs[0]!)!;
    expect(y.data[0]).toBeCloseTo(Math.tanh(Math.tanh(Math.tanh(1))), 14);
  });
});
