import { describe, expect, it } from "vitest";
import { gradient } from "../../src/autodiff/network.js";
import type { LossSpec } from "../../src/autodiff/network.js";
import type { Model } from "../../src/graph/graph.js";
import { tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { readOnnx } from "../../src/onnx/read.js";
import { bind } from "../../src/passes/bind.js";
import type { BindOptions } from "../../src/passes/bind.js";
import { refuseTooLarge, peakBytes } from "../../src/passes/memory.js";
import { parametersOf } from "../../src/passes/parameters.js";
import { verifyGraph } from "../../src/passes/verify.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { IsogradError } from "../../src/util/errors.js";
import { cpuSeconds } from "../support/cpu-time.js";
import {
  DataType as T,
  f32,
  float,
  floats,
  graph,
  graphAttr,
  i64,
  int,
  ints,
  model,
  node,
  string,
  tensorAttr,
  tensorProto,
  value,
} from "../support/model.js";
import type { ModelParts } from "../support/model.js";

const read = (parts: ModelParts): Model => readOnnx(model({ inputs: [value("x", ["n", 3])], outputs: ["y"], ...parts }), { name: "m.onnx" });
const x = tensor("float32", [2, 3], [1, -2, 3, 0.5, 4, -1]);

/** Gradients of the sum of the output by every parameter, by name; undefined where none reaches. */
function grads(
  parts: ModelParts,
  options: BindOptions = {},
  loss: LossSpec = { kind: "sum" },
): { values: Map<string, number[] | undefined>; warnings: readonly string[]; ops: string[] } {
  const m = read(parts);
  const bound = bind(m, { shapes: { x: [2, 3] }, outputs: [loss.kind === "output" ? loss.name : m.graph.outputs[0]!], ...options });
  verifyGraph(bound.graph);
  const result = gradient(bound, { loss });
  verifyGraph(result.graph);
  const out = evaluateGraph(result.graph, new Map<string, Tensor>([["x", x]]));
  const of = (name: string): number[] | undefined => {
    const g = result.grads.get(name);
    return g === undefined ? undefined : Array.from(out.get(g)!.data);
  };
  return { values: new Map(result.parameters.map((p) => [p.name, of(p.name)])), warnings: result.warnings, ops: bound.graph.nodes.map((n) => n.op) };
}
const names = (parts: ModelParts, options?: BindOptions): string[] => [...grads(parts, options).values.keys()].sort();
const sums = [0, 1, 2].map((i) => x.data[i]! + x.data[3 + i]!);
const constant = (name: string, attrs: Parameters<typeof node>[3]) => node("Constant", [], [name], attrs);

describe("parameters are", () => {
  it("float initializers of any rank, a scalar too", () => {
    const { values } = grads({
      nodes: [node("Mul", ["x", "s"], ["a"]), node("Add", ["a", "v"], ["b"]), node("Mul", ["b", "t"], ["y"])],
      initializers: [f32("s", [], [2]), f32("v", [3], [1, 2, 3]), f32("t", [1, 1, 1], [3])],
    });
    expect(values.get("s")).toEqual([3 * (sums[0]! + sums[1]! + sums[2]!)]);
    expect(values.get("v")).toEqual([6, 6, 6]);
    expect(values.get("t")).toHaveLength(1);
  });
  it("float Constants of at least two elements, in every form; not single numbers", () => {
    const nodes = [
      constant("c", { value: tensorAttr(f32("", [3], [1, 2, 3])) }),
      constant("d", { value_floats: floats([1, 2, 3]) }),
      constant("one", { value_float: float(2) }),
      constant("alone", { value: tensorAttr(f32("", [1], [2])) }),
      constant("ints", { value_ints: ints([1, 2]) }),
      node("Mul", ["x", "c"], ["a"]),
      node("Add", ["a", "d"], ["b"]),
      node("Mul", ["b", "one"], ["e"]),
      node("Mul", ["e", "alone"], ["y"]),
    ];
    expect(names({ nodes })).toEqual(["c", "d"]);
    expect(grads({ nodes }).values.get("c")).toEqual(sums.map((s) => 4 * s));
  });
  it.each([
    ["Identity", [node("Identity", ["w"], ["v"])], [3, 2]],
    ["Transpose", [node("Transpose", ["w"], ["v"])], [2, 3]],
    ["Reshape", [node("Reshape", ["w", "to"], ["v"])], [6]],
    ["Squeeze", [node("Squeeze", ["w", "axis0"], ["v"])], [1, 3, 2]],
    ["Unsqueeze and Squeeze", [node("Unsqueeze", ["w", "axis0"], ["u"]), node("Squeeze", ["u", "axis0"], ["v"])], [3, 2]],
    ["Cast there and back", [node("Cast", ["w"], ["d"], { to: int(T.DOUBLE) }), node("Cast", ["d"], ["v"], { to: int(T.FLOAT) })], [3, 2]],
    ["all of them", [node("Transpose", ["w"], ["t"]), node("Identity", ["t"], ["i"]), node("Reshape", ["i", "to"], ["v"])], [2, 3]],
  ])("found through %s, in the shape of the file", (_, before, shape) => {
    const parts = { nodes: [...before, node("MatMul", ["x", "v"], ["y"])], initializers: [f32("w", shape), i64("to", [3, 2]), i64("axis0", [0])] };
    const m = read(parts);
    const bound = bind(m, { shapes: { x: [2, 3] } });
    const [w] = parametersOf(bound, bound.valueOf("y")!);
    expect([w!.name, w!.reaches, w!.value.shape]).toEqual(["w", true, shape]);
    expect(
      grads(parts)
        .values.get("w")!
        .reduce((a, b) => a + b, 0),
    ).toBeCloseTo(2 * (sums[0]! + sums[1]! + sums[2]!), 12);
  });
  it("summed where shared", () => {
    const shared = grads({
      nodes: [
        node("MatMul", ["x", "w"], ["a"]),
        node("Transpose", ["w"], ["t"]),
        node("MatMul", ["a", "t"], ["b"]),
        node("MatMul", ["b", "w"], ["y"]),
      ],
      initializers: [f32("w", [3, 2], [0.5, -1, 2])],
    });
    const split = grads({
      nodes: [
        node("MatMul", ["x", "w"], ["a"]),
        node("Transpose", ["v"], ["t"]),
        node("MatMul", ["a", "t"], ["b"]),
        node("MatMul", ["b", "u"], ["y"]),
      ],
      initializers: ["w", "v", "u"].map((k) => f32(k, [3, 2], [0.5, -1, 2])),
    });
    expect([...shared.values.keys()]).toEqual(["w"]);
    shared.values.get("w")!.forEach((g, i) =>
      expect(g).toBeCloseTo(
        ["w", "v", "u"].reduce((s, k) => s + split.values.get(k)![i]!, 0),
        9,
      ),
    );
  });
  it("not the running mean and variance of BatchNormalization, in whatever order they come", () => {
    const nodes = [node("MatMul", ["x", "w"], ["h"]), node("BatchNormalization", ["h", "scale", "shift", "mean", "var"], ["y"])];
    const initializers = [f32("mean", [2]), f32("var", [2], [1, 2]), f32("w", [3, 2]), f32("shift", [2]), f32("scale", [2])];
    expect(names({ nodes, initializers })).toEqual(["scale", "shift", "w"]);
  });
  it("not the bounds of Clip, the value of Pad, the scales of Resize, the ratio of Dropout", () => {
    expect(
      names({
        nodes: [node("Mul", ["x", "w"], ["h"]), node("Clip", ["h", "low", "high"], ["y"])],
        initializers: [f32("w", [3]), f32("low", [], [-1]), f32("high", [], [1])],
      }),
    ).toEqual(["w"]);
    expect(
      names({
        nodes: [node("Mul", ["x", "w"], ["h"]), node("Pad", ["h", "pads", "fill"], ["y"])],
        initializers: [f32("w", [3]), i64("pads", [0, 1, 0, 1]), f32("fill", [], [2])],
      }),
    ).toEqual(["w"]);
    expect(
      names({
        nodes: [node("Mul", ["x", "w"], ["h"]), node("Dropout", ["h", "ratio"], ["y"])],
        initializers: [f32("w", [3]), f32("ratio", [], [0.5])],
      }),
    ).toEqual(["w"]);
    const resize = [node("Mul", ["x", "w"], ["h"]), node("Resize", ["h", "", "scales"], ["y"], { mode: string("nearest") })];
    expect(names({ nodes: resize, initializers: [f32("w", [3]), f32("scales", [2], [1, 2])] })).toEqual(["w"]);
  });
  it("a bound that is a parameter elsewhere too is one there", () => {
    const { values } = grads({ nodes: [node("Clip", ["x", "s"], ["h"]), node("Mul", ["h", "s"], ["y"])], initializers: [f32("s", [], [0.75])] });
    expect(values.get("s")).toEqual([[...x.data].reduce((t, v) => t + Math.max(v, 0.75), 0)]);
  });
  it("W, R and B of LSTM under their names", () => {
    const nodes = [
      node("Unsqueeze", ["x", "axis0"], ["seq"]),
      node("LSTM", ["seq", "W", "R", "B"], ["", "last"], { hidden_size: int(2) }),
      node("Identity", ["last"], ["y"]),
    ];
    expect(names({ nodes, initializers: [i64("axis0", [0]), f32("W", [1, 8, 3]), f32("R", [1, 8, 2]), f32("B", [1, 16])] })).toEqual(["B", "R", "W"]);
  });
  it("those of loop bodies and branches, once however often they run", () => {
    const body = graph({
      inputs: [value("i", [], T.INT64), value("go", [], T.BOOL), value("h")],
      outputs: ["go", "next"],
      nodes: [node("Mul", ["h", "inner"], ["p"]), node("Mul", ["p", "outer"], ["next"])],
      initializers: [f32("inner", [3], [1])],
    });
    const { values } = grads({
      nodes: [node("Loop", ["trips", "", "x"], ["y"], { body: graphAttr(body) })],
      initializers: [i64("trips", [3], []), f32("outer", [3], [1])],
    });
    expect([...values.keys()].sort()).toEqual(["inner", "outer"]);
    expect(values.get("outer")).toEqual(sums.map((s) => 3 * s));
    expect(values.get("inner")).toEqual(sums.map((s) => 3 * s));
  });
  it("not integers, and nothing behind a step", () => {
    expect(names({ nodes: [node("Floor", ["w"], ["f"]), node("Mul", ["x", "f"], ["y"])], initializers: [f32("w", [3])] })).toEqual([]);
    expect(
      names({ nodes: [node("Gather", ["w", "rows"], ["g"]), node("Add", ["x", "g"], ["y"])], initializers: [f32("w", [4, 3]), i64("rows", [0, 3])] }),
    ).toEqual(["w"]);
  });
  it("zero with a warning where only another output needs them", () => {
    const { values, warnings } = grads({
      outputs: ["y", "z"],
      nodes: [node("Mul", ["x", "w"], ["y"]), node("Mul", ["x", "v"], ["z"])],
      initializers: [f32("w", [3]), f32("v", [3])],
    });
    expect([values.get("w"), values.get("v")]).toEqual([sums, undefined]);
    expect(warnings.join()).toMatch(/no gradient reaches 1 of 2 parameters.*: v$/);
  });
});

describe("folding", () => {
  const flatten = [
    node("Shape", ["x"], ["s"]),
    node("Gather", ["s", "first"], ["n"]),
    node("Unsqueeze", ["n", "axis0"], ["n1"]),
    node("Concat", ["n1", "rest"], ["to"], { axis: int(0) }),
    node("Reshape", ["x", "to"], ["flat"]),
  ];
  const shapeConstants = [i64("first", [0], []), i64("axis0", [0]), i64("rest", [-1])];

  it("leaves nothing of shape arithmetic", () => {
    const { ops, values } = grads({ nodes: [...flatten, node("Mul", ["flat", "w"], ["y"])], initializers: [...shapeConstants, f32("w", [3])] });
    expect(ops).toEqual(["Reshape", "Mul"]);
    expect(values.get("w")).toEqual(sums);
  });
  it("of the shape of a parameter is folded, the parameter is not", () => {
    const nodes = [
      node("Shape", ["w"], ["s"]),
      node("ConstantOfShape", ["s"], ["zeros"], { value: tensorAttr(f32("", [1], [2])) }),
      node("Mul", ["w", "zeros"], ["v"]),
      node("Mul", ["x", "v"], ["y"]),
    ];
    const { ops, values } = grads({ nodes, initializers: [f32("w", [3])] });
    expect(ops).toEqual(["Mul", "Mul"]);
    expect(values.get("w")).toEqual(sums.map((s) => 2 * s));
  });
  it("never swallows what depends on a parameter, however long the chain of constants", () => {
    const nodes = [
      node("Exp", ["w"], ["a"]),
      node("Add", ["a", "c"], ["b"]),
      node("Transpose", ["b"], ["t"]),
      node("Concat", ["t", "t"], ["cc"], { axis: int(0) }),
      node("ReduceSum", ["cc"], ["r"], { keepdims: int(0) }),
      node("Mul", ["x", "r"], ["y"]),
    ];
    const { values } = grads({ nodes, initializers: [f32("w", [3, 2], [0]), f32("c", [3, 2])] });
    const total = sums.reduce((a, b) => a + b, 0);
    expect(values.get("w")).toEqual(new Array(6).fill(2 * total));
  });
  it("integers computed from a parameter are known: a shape cast from floats", () => {
    const nodes = [node("Cast", ["dims"], ["to"], { to: int(T.INT64) }), node("Reshape", ["x", "to"], ["flat"]), node("Mul", ["flat", "w"], ["y"])];
    const { ops, values } = grads({ nodes, initializers: [f32("dims", [2], [3, 2]), f32("w", [2])] });
    expect(ops.filter((op) => op !== "Cast")).toEqual(["Reshape", "Mul"]);
    expect([...values.keys()]).toEqual(["w"]);
  });
  it("makes nothing large: a huge constant stays a node, and costs no memory before it is refused", () => {
    const m = read({
      nodes: [
        node("ConstantOfShape", ["dims"], ["big"], { value: tensorAttr(f32("", [1], [2])) }),
        node("ReduceSum", ["big"], ["r"], { keepdims: int(0) }),
        node("Mul", ["x", "r"], ["y"]),
      ],
      initializers: [i64("dims", [1 << 20, 1 << 15])],
    });
    const bound = bind(m, { shapes: { x: [2, 3] } });
    expect(peakBytes(bound.graph)).toBeGreaterThan(2 ** 37);
    expect(() => refuseTooLarge(bound.graph, 2 ** 30)).toThrow(/128 GiB of memory \(expected at most 1\.00 GiB\)/);
  });
  it("does no long work: products of constants stay nodes", () => {
    const m = read({
      nodes: [
        node("ConstantOfShape", ["dims"], ["a"]),
        node("MatMul", ["a", "a"], ["b"]),
        node("ReduceSum", ["b"], ["r"], { keepdims: int(0) }),
        node("Mul", ["x", "r"], ["y"]),
      ],
      initializers: [i64("dims", [1000, 1000])],
    });
    expect(cpuSeconds(() => bind(m, { shapes: { x: [2, 3] } }))).toBeLessThan(1);
  });
  it("of loops in loops ends: an error, not a hang", () => {
    const body = (inner: ReturnType<typeof graph> | undefined, d: number): ReturnType<typeof graph> =>
      graph({
        inputs: [value(`i${d}`, [], T.INT64), value(`c${d}`, [], T.BOOL), value(`h${d}`)],
        outputs: [`c${d}`, `o${d}`],
        nodes: [inner ? node("Loop", ["trips", "", `h${d}`], [`o${d}`], { body: graphAttr(inner) }) : node("Neg", [`h${d}`], [`o${d}`])],
      });
    const m = read({
      nodes: [
        node("Loop", ["trips", "", "k"], ["l"], { body: graphAttr(body(body(body(undefined, 0), 1), 2)) }),
        node("Cast", ["l"], ["f"], { to: int(1) }),
        node("Mul", ["x", "f"], ["y"]),
      ],
      initializers: [i64("trips", [9000], []), i64("k", [1], [])],
    });
    expect(cpuSeconds(() => expect(() => bind(m, { shapes: { x: [2, 3] } })).toThrow(/unroll to more than 500000 nodes/))).toBeLessThan(30);
  });
});

describe("values fixed by --set", () => {
  it("fill the input's shape and vanish as inputs", () => {
    const m = read({
      inputs: [value("x", ["n", 3]), value("mask", [3]), value("flag", [], T.BOOL)],
      nodes: [node("Where", ["flag", "mask", "x"], ["h"]), node("Mul", ["h", "mask"], ["y"])],
    });
    const { graph: g } = bind(m, { shapes: { x: [2, 3] }, set: { mask: 2, flag: 0 } });
    expect(g.inputs.map((i) => i.name)).toEqual(["x"]);
    expect(Array.from(evaluateGraph(g, new Map([["x", x]])).get(g.outputs[0]!)!.data)).toEqual([...x.data].map((v) => 2 * v));
  });
});

describe("float64", () => {
  it("is the whole network: weights, constants, casts, defaults", () => {
    const m = read({
      nodes: [
        node("ConstantOfShape", ["dims"], ["z"]),
        node("Cast", ["i"], ["c"], { to: int(T.FLOAT) }),
        node("Add", ["x", "z"], ["a"]),
        node("Mul", ["a", "c"], ["b"]),
        node("Mul", ["b", "w"], ["y"]),
      ],
      initializers: [i64("dims", [3]), i64("i", [2], []), f32("w", [3])],
    });
    const { graph: g } = bind(m, { shapes: { x: [2, 3] }, dtype: "float64" });
    expect(new Set([...g.types.values()].map((t) => t.dtype))).toEqual(new Set(["float64", "int64"]));
  });
});

describe("the verifier refuses", () => {
  const good = (): ReturnType<typeof bind>["graph"] =>
    bind(read({ nodes: [node("Mul", ["x", "w"], ["h"]), node("Relu", ["h"], ["y"])], initializers: [f32("w", [3])] }), { shapes: { x: [2, 3] } })
      .graph;
  const refused = (change: Partial<ReturnType<typeof good>>): string => {
    try {
      verifyGraph({ ...good(), ...change });
    } catch (error) {
      expect(error).toBeInstanceOf(IsogradError);
      return (error as IsogradError).message;
    }
    return "accepted";
  };
  it("nothing of a good graph", () => expect(refused({})).toBe("accepted"));
  it("use before definition, double definition, a missing type, a wrong type", () => {
    const g = good();
    expect(refused({ nodes: [...g.nodes].reverse() })).toMatch(/before it is defined/);
    expect(refused({ nodes: [...g.nodes, g.nodes[0]!] })).toMatch(/defined twice/);
    expect(refused({ types: new Map([...g.types].filter(([k]) => k !== "h")) })).toMatch(/no type/);
    expect(refused({ types: new Map([...g.types, ["h", { dtype: "float32", shape: [3, 2] }]]) })).toMatch(/its op makes float32\[2, 3\]/);
    expect(refused({ outputs: ["nothing"] })).toMatch(/never defined/);
    expect(refused({ initializers: new Map([["w", tensor("float32", [2], [1, 2])]]) })).toMatch(/does not match its type/);
    expect(refused({ nodes: g.nodes.map((n) => ({ ...n, attrs: { nonsense: 1 } })) })).toMatch(/unknown attribute/);
  });
});

describe("strings and element types", () => {
  it("float16 weights are float32 parameters", () => {
    const half = tensorProto({ name: "w", dims: [3n], dataType: T.FLOAT16, rawData: new Uint8Array(Uint16Array.of(0x3c00, 0x4000, 0x4200).buffer) });
    expect(grads({ nodes: [node("Mul", ["x", "w"], ["y"])], initializers: [half] }).values.get("w")).toEqual(sums);
  });
});
