import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, SparseTensorProtoSchema } from "onnx-buf";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Model } from "../../src/graph/graph.js";
import { tensor } from "../../src/graph/tensor.js";
import { readModel } from "../../src/io/files.js";
import { readOnnx } from "../../src/onnx/read.js";
import { bind } from "../../src/passes/bind.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { IsogradError } from "../../src/util/errors.js";
import { cpuSeconds } from "../support/cpu-time.js";
import {
  AttributeType as A,
  DataType as T,
  external,
  f32,
  float,
  floats,
  fn,
  graph,
  graphAttr,
  i64,
  int,
  ints,
  model,
  modelProto,
  node,
  ref,
  string,
  tensorAttr,
  tensorProto,
  value,
} from "../support/model.js";
import type { ModelParts } from "../support/model.js";

const read = (parts: ModelParts): Model => readOnnx(model(parts), { name: "m.onnx" });

function errorOf(f: () => unknown): IsogradError {
  try {
    f();
  } catch (error) {
    expect(error, String(error)).toBeInstanceOf(IsogradError);
    return error as IsogradError;
  }
  throw new Error("it was accepted");
}

/** One node from input x to output y. */
const single = (op: string, more: ModelParts = {}, attrs = {}): ModelParts => ({
  inputs: [value("x", [2, 3])],
  outputs: ["y"],
  nodes: [node(op, ["x"], ["y"], attrs)],
  ...more,
});

const run = (m: Model, feeds: Readonly<Record<string, readonly number[]>>, options: Parameters<typeof bind>[1] = {}): number[] => {
  const { graph: g } = bind(m, options);
  const values = evaluateGraph(g, new Map(g.inputs.map((i) => [i.name, tensor(i.dtype, g.types.get(i.name)!.shape, feeds[i.name]!)])));
  return Array.from(values.get(g.outputs[0]!)!.data);
};

describe("what is no ONNX file", () => {
  const whole = model(single("Relu"));
  for (const [name, bytes] of [
    ["nothing", new Uint8Array()],
    ["text", new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\n")],
    ["a PNG", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)],
    ["zeros", new Uint8Array(1000)],
    ["half a file", whole.slice(0, whole.length >> 1)],
    ["a file without a graph", toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 9n }))],
  ] as const) {
    it(name, () => expect(errorOf(() => readOnnx(bytes)).code).toBe("onnx/not-onnx"));
  }
});

it("a file whose messages would fill the memory is refused before it is decoded", () => {
  // Two bytes make an empty node: a model of three million of them.
  const g = new Uint8Array(6_000_000).map((_, i) => (i % 2 === 0 ? 0x0a : 0));
  const varint = [(g.length & 0x7f) | 0x80, ((g.length >> 7) & 0x7f) | 0x80, ((g.length >> 14) & 0x7f) | 0x80, g.length >> 21];
  const bytes = Uint8Array.from([8, 9, 0x42, 2, 16, 17, 0x3a, ...varint, ...g]);
  expect(cpuSeconds(() => expect(errorOf(() => readOnnx(bytes)).code).toBe("memory/limit"))).toBeLessThan(3);
});

describe("opsets", () => {
  it("7 to 28 of ai.onnx are read", () => {
    for (const opset of [7, 13, 20, 25, 28]) expect(read(single("Relu", { opset })).opset).toBe(opset);
  });
  for (const opset of [-1, 0, 6, 29, 1e15]) {
    it(`${opset} is refused with the range`, () => {
      const e = errorOf(() => read(single("Relu", { opset })));
      expect(e.code).toBe("onnx/version");
      expect(e.message).toMatch(/opset -?\d+ is not supported \(expected 7 to 28\)/);
    });
  }
  it("an upgrade that trips over a damaged attribute names the node and the opset", () => {
    const e = errorOf(() => read({ ...single("Squeeze", { opset: 11 }, { axes: float(1) }) }));
    expect(e.code).toBe("op/attribute");
    expect(e.message).toContain("opset 11");
  });
});

describe("Constant", () => {
  const forms = {
    value: [tensorAttr(f32("", [2], [1, 2])), "float32", [2], [1, 2]],
    value_float: [float(0.5), "float32", [], [0.5]],
    value_floats: [floats([1, 2, 3]), "float32", [3], [1, 2, 3]],
    value_int: [int(-7), "int64", [], [-7]],
    value_ints: [ints([4, 5]), "int64", [2], [4, 5]],
  } as const;
  for (const [name, [attr, dtype, shape, data]] of Object.entries(forms)) {
    it(`in the form ${name} is an initializer and marked as a constant`, () => {
      const g = read({ outputs: ["c"], nodes: [node("Constant", [], ["c"], { [name]: attr })] }).graph;
      expect(g.nodes).toHaveLength(0);
      expect(g.constants.has("c")).toBe(true);
      const t = g.initializers.get("c")!;
      expect([t.dtype, t.shape, Array.from(t.data)]).toEqual([dtype, shape, data]);
    });
  }
  it("without numbers is refused by name", () => {
    const e = errorOf(() => read({ outputs: ["c"], nodes: [node("Constant", [], ["c"], { value_string: string("hello") }, { name: "words" })] }));
    expect(e.at).toContain("words");
  });
  it("must not define what is defined already", () => {
    const twice = (parts: ModelParts): IsogradError =>
      errorOf(() => read({ outputs: ["c"], nodes: [node("Constant", [], ["c"], { value_int: int(1) })], ...parts }));
    expect(twice({ initializers: [f32("c", [1])] }).code).toBe("graph/invalid");
    expect(twice({ inputs: [value("c", [1])] }).code).toBe("graph/invalid");
  });
  it("without an output is nothing", () => {
    expect(
      read({ ...single("Relu"), nodes: [node("Constant", [], [], { value_int: int(1) }), node("Relu", ["x"], ["y"])] }).graph.initializers.size,
    ).toBe(0);
  });
});

describe("weights", () => {
  const weight = (fields: Parameters<typeof tensorProto>[0]) => {
    const t = read({ outputs: ["w"], initializers: [tensorProto({ name: "w", dims: [3n], ...fields })] }).graph.initializers.get("w")!;
    return [t.dtype, ...t.data];
  };
  const bytes = (...list: number[]): Uint8Array<ArrayBuffer> => Uint8Array.from(list);
  const u16 = (...list: number[]): Uint8Array<ArrayBuffer> => new Uint8Array(Uint16Array.from(list).buffer);

  it("float16 in raw bytes and in int32_data, with infinities and subnormals", () => {
    const bits = [0x3c00, 0xfc00, 0x0001];
    const expected = ["float32", 1, -Infinity, 2 ** -24];
    expect(weight({ dataType: T.FLOAT16, rawData: u16(...bits) })).toEqual(expected);
    expect(weight({ dataType: T.FLOAT16, int32Data: bits })).toEqual(expected);
  });
  it("bfloat16 in raw bytes and in int32_data", () => {
    const bits = [0x3f80, 0xc040, 0x7f80];
    const expected = ["float32", 1, -3, Infinity];
    expect(weight({ dataType: T.BFLOAT16, rawData: u16(...bits) })).toEqual(expected);
    expect(weight({ dataType: T.BFLOAT16, int32Data: bits })).toEqual(expected);
  });
  it("double in raw bytes and in double_data", () => {
    const list = [0.1, -1e300, 5e-324];
    expect(weight({ dataType: T.DOUBLE, rawData: new Uint8Array(Float64Array.from(list).buffer) })).toEqual(["float64", ...list]);
    expect(weight({ dataType: T.DOUBLE, doubleData: list })).toEqual(["float64", ...list]);
  });
  it("float in float_data", () => expect(weight({ dataType: T.FLOAT, floatData: [1, 2, 3] })).toEqual(["float32", 1, 2, 3]));
  it("integers of every width in raw bytes", () => {
    expect(weight({ dataType: T.INT8, rawData: bytes(255, 0, 127) })).toEqual(["int8", -1, 0, 127]);
    expect(weight({ dataType: T.UINT8, rawData: bytes(255, 0, 127) })).toEqual(["uint8", 255, 0, 127]);
    expect(weight({ dataType: T.INT16, rawData: u16(0xffff, 0, 1) })).toEqual(["int16", -1, 0, 1]);
    expect(weight({ dataType: T.UINT16, rawData: u16(0xffff, 0, 1) })).toEqual(["uint16", 65535, 0, 1]);
    expect(weight({ dataType: T.INT32, rawData: new Uint8Array(Int32Array.of(-5, 6, 7).buffer) })).toEqual(["int32", -5, 6, 7]);
    expect(weight({ dataType: T.UINT32, rawData: new Uint8Array(Uint32Array.of(4e9, 6, 7).buffer) })).toEqual(["uint32", 4e9, 6, 7]);
    expect(weight({ dataType: T.INT64, rawData: new Uint8Array(BigInt64Array.of(-1n, 2n ** 53n, 0n).buffer) })).toEqual(["int64", -1, 2 ** 53, 0]);
    expect(weight({ dataType: T.UINT64, rawData: new Uint8Array(BigUint64Array.of(2n ** 64n - 1n, 1n, 0n).buffer) })).toEqual([
      "uint64",
      2 ** 64,
      1,
      0,
    ]);
    expect(weight({ dataType: T.BOOL, rawData: bytes(1, 0, 2) })).toEqual(["bool", 1, 0, 1]);
  });
  it("integers in their typed fields", () => {
    expect(weight({ dataType: T.INT32, int32Data: [-5, 6, 7] })).toEqual(["int32", -5, 6, 7]);
    expect(weight({ dataType: T.INT64, int64Data: [-5n, 6n, 7n] })).toEqual(["int64", -5, 6, 7]);
    expect(weight({ dataType: T.UINT32, uint64Data: [5n, 6n, 7n] })).toEqual(["uint32", 5, 6, 7]);
    expect(weight({ dataType: T.BOOL, int32Data: [1, 0, 1] })).toEqual(["bool", 1, 0, 1]);
  });
  for (const [name, fields] of Object.entries({
    "too few raw bytes": { dataType: T.FLOAT, rawData: bytes(1, 2, 3, 4) },
    "too many raw bytes": { dataType: T.FLOAT, rawData: new Uint8Array(16) },
    "too few values": { dataType: T.FLOAT, floatData: [1] },
    none: { dataType: T.FLOAT },
    "a negative dim": { dataType: T.FLOAT, dims: [-3n], floatData: [1, 2, 3] },
    "dims beyond any memory": { dataType: T.FLOAT, dims: [2n ** 62n, 2n ** 62n] },
    "a dim beyond 2⁵³ beside a 0": { dataType: T.FLOAT, dims: [0n, 2n ** 62n] },
  })) {
    it(`${name}: refused`, () => expect(errorOf(() => weight(fields)).code).toBe("onnx/invalid"));
  }
  it("element types that isograd has none for are named", () => {
    expect(errorOf(() => weight({ dataType: T.INT4, rawData: bytes(1, 2) })).message).toMatch(/INT4/);
    expect(errorOf(() => weight({ dataType: 99 })).message).toMatch(/type 99/);
  });
  it("together may not take more than the limit, before they are made", () => {
    const bytesOf = model({ outputs: ["w"], initializers: [f32("w", [100]), f32("v", [100])] });
    expect(readOnnx(bytesOf, { maxBytes: 800 }).graph.initializers.size).toBe(2);
    expect(errorOf(() => readOnnx(bytesOf, { maxBytes: 799 })).code).toBe("memory/limit");
  });
  it("that are inputs too are weights", () => {
    const g = read({
      inputs: [value("x", [2]), value("w", [2])],
      outputs: ["y"],
      nodes: [node("Add", ["x", "w"], ["y"])],
      initializers: [f32("w", [2])],
    }).graph;
    expect(g.inputs.map((i) => i.name)).toEqual(["x"]);
  });
  it("twice under one name, or under none: refused", () => {
    expect(errorOf(() => read({ outputs: ["w"], initializers: [f32("w", [1]), f32("w", [1])] })).message).toMatch(/"w" is defined twice/);
    expect(errorOf(() => read({ outputs: ["w"], initializers: [f32("", [1])] })).message).toMatch(/no name/);
  });
  it("sparse ones are refused", () => {
    const proto = modelProto(single("Relu"));
    proto.graph!.sparseInitializer.push(create(SparseTensorProtoSchema, { dims: [3n], values: f32("s", [1]), indices: i64("i", [0]) }));
    expect(errorOf(() => readOnnx(toBinary(ModelProtoSchema, proto))).message).toMatch(/sparse/);
  });
  it("strings may lie about unused, but no op takes them", () => {
    const words = tensorProto({
      name: "s",
      dims: [2n],
      dataType: T.STRING,
      stringData: [new TextEncoder().encode("a"), new TextEncoder().encode("b")],
    });
    expect(bind(read({ ...single("Relu"), initializers: [words] })).graph.nodes).toHaveLength(1);
    const e = errorOf(() => bind(read({ outputs: ["y"], nodes: [node("Identity", ["s"], ["y"])], initializers: [words] })));
    expect(e.code).toBe("op/unsupported");
    expect(e.message).toMatch(/strings/);
  });
});

describe("external data", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "isograd-external-"));
    mkdirSync(join(folder, "model/weights"), { recursive: true });
    const data = new Float32Array(8).map((_, i) => i);
    for (const place of ["model/w.bin", "model/weights/w.bin", "outside.bin"]) writeFileSync(join(folder, place), new Uint8Array(data.buffer));
    symlinkSync(join(folder, "outside.bin"), join(folder, "model/escape.bin"));
    symlinkSync(folder, join(folder, "model/up"));
    symlinkSync("w.bin", join(folder, "model/inside.bin"));
    symlinkSync("circle.bin", join(folder, "model/circle.bin"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const load = (entries: Readonly<Record<string, string | number>>, dims: readonly number[] = [2]): Model => {
    writeFileSync(join(folder, "model/m.onnx"), model({ outputs: ["w"], initializers: [external("w", dims, entries)] }));
    return readModel(join(folder, "model/m.onnx"));
  };
  const values = (m: Model): number[] => Array.from(m.graph.initializers.get("w")!.data);

  it("is read by offset and length", () => {
    expect(values(load({ location: "w.bin" }))).toEqual([0, 1]);
    expect(values(load({ location: "w.bin", offset: 8, length: 8 }))).toEqual([2, 3]);
    expect(values(load({ location: "weights/w.bin", offset: 24 }))).toEqual([6, 7]);
    expect(values(load({ location: "./w.bin", offset: 32 }, [0]))).toEqual([]);
  });
  it("through a link that stays inside", () => expect(values(load({ location: "inside.bin", offset: 4 }))).toEqual([1, 2]));
  for (const location of [
    "../outside.bin",
    "weights/../../outside.bin",
    "/etc/passwd",
    "escape.bin",
    "up/outside.bin",
    "..",
    "a\\b.bin",
    "",
    "x\u0000y",
  ]) {
    it(`not from ${JSON.stringify(location)}`, () => {
      const e = errorOf(() => load({ location }));
      expect(e.code).toBe("onnx/external-data");
      expect(e.message).toMatch(/plain path inside the model's folder/);
    });
  }
  for (const [location, why] of [
    ["missing.bin", /no such file/],
    ["weights", /not a file/],
    ["circle.bin", /circle/],
    ["w.bin/x", /not a folder/],
    [`${"n".repeat(300)}.bin`, /too long/],
  ] as const) {
    it(`${location.slice(0, 20)}: ${why.source}`, () => {
      const e = errorOf(() => load({ location }));
      expect(e.code).toBe("onnx/external-data");
      expect(e.message).toMatch(why);
    });
  }
  for (const entries of [
    { offset: 32 },
    { offset: 28 },
    { offset: "9007199254740992" },
    { offset: -4 },
    { offset: "1e3" },
    { length: 7 },
    { length: "all" },
    { offset: 4294967296 * 1024 },
  ]) {
    it(`refuses ${JSON.stringify(entries)}`, () => expect(errorOf(() => load({ location: "w.bin", ...entries })).code).toBe("onnx/external-data"));
  }
  it("that is too short for its shape, however large, costs no memory", () => {
    expect(errorOf(() => load({ location: "w.bin" }, [2 ** 40])).message).toMatch(/ends at byte 32/);
  });
  it("needs a location, and a folder", () => {
    expect(errorOf(() => load({ offset: 0 })).message).toMatch(/names no file/);
    expect(errorOf(() => readOnnx(model({ outputs: ["w"], initializers: [external("w", [2], { location: "w.bin" })] }))).message).toMatch(
      /another file/,
    );
  });
  it("cannot be asked for again and again beyond the limit", () => {
    const many = model({ outputs: ["w0"], initializers: Array.from({ length: 100 }, (_, i) => external(`w${i}`, [8], { location: "w.bin" })) });
    writeFileSync(join(folder, "model/many.onnx"), many);
    expect(errorOf(() => readModel(join(folder, "model/many.onnx"), 1000)).code).toBe("memory/limit");
  });
});

describe("model-local functions", () => {
  const domains = { local: 1 };
  const calls = (functions: ModelParts["functions"], nodes = [node("F", ["x"], ["y"], {}, { domain: "local" })]): ModelParts => ({
    inputs: [value("x", [3])],
    outputs: ["y"],
    nodes,
    domains,
    functions: functions!,
  });
  const x = [-1, 0, 2];

  it("are replaced by their nodes, one inside the other, each call by its own", () => {
    const m = read(
      calls(
        [
          fn("F", "local", ["a"], ["c"], [node("G", ["a"], ["b"], {}, { domain: "local" }), node("G", ["b"], ["c"], {}, { domain: "local" })]),
          fn("G", "local", ["a"], ["c"], [node("Mul", ["a", "a"], ["t"]), node("Neg", ["t"], ["c"])]),
        ],
        [node("F", ["x"], ["h"], {}, { domain: "local", name: "same" }), node("F", ["h"], ["y"], {}, { domain: "local", name: "same" })],
      ),
    );
    expect(m.graph.nodes.map((n) => n.op)).toEqual(["Mul", "Neg", "Mul", "Neg", "Mul", "Neg", "Mul", "Neg"]);
    expect(new Set(m.graph.nodes.map((n) => n.name)).size).toBe(8);
    expect(run(m, { x })).toEqual([-1, -0, -(2 ** 16)]);
  });
  it("take attributes by reference, with defaults, or not at all", () => {
    const f = fn("F", "local", ["a"], ["c"], [node("LeakyRelu", ["a"], ["c"], { alpha: ref("slope", A.FLOAT) })], { names: ["slope"] });
    const g = fn("F", "local", ["a"], ["c"], [node("LeakyRelu", ["a"], ["c"], { alpha: ref("slope", A.FLOAT) })], {
      defaults: { slope: float(0.25) },
    });
    const given = [node("F", ["x"], ["y"], { slope: float(0.5) }, { domain: "local" })];
    expect(run(read(calls([f], given)), { x })).toEqual([-0.5, 0, 2]);
    expect(run(read(calls([g], given)), { x })).toEqual([-0.5, 0, 2]);
    expect(run(read(calls([g])), { x })).toEqual([-0.25, 0, 2]);
    expect(run(read(calls([f])), { x })[0]).toBeCloseTo(-0.01, 6);
  });
  it("leave out optional inputs", () => {
    const f = fn("F", "local", ["a", "low", "high"], ["c"], [node("Clip", ["a", "low", "high"], ["c"])]);
    expect(
      run(read({ ...calls([f], [node("F", ["x", "", "one"], ["y"], {}, { domain: "local" })]), initializers: [f32("one", [], [1])] }), { x }),
    ).toEqual([-1, 0, 1]);
    expect(run(read(calls([f])), { x })).toEqual(x);
  });
  it("rename what their branches read", () => {
    const branch = (op: string) => graphAttr(graph({ nodes: [node(op, ["t"], ["r"])], outputs: ["r"] }));
    const f = fn(
      "F",
      "local",
      ["a", "c"],
      ["y"],
      [node("Neg", ["a"], ["t"]), node("If", ["c"], ["y"], { then_branch: branch("Abs"), else_branch: branch("Neg") })],
    );
    const m = read({
      ...calls([f], [node("F", ["x", "yes"], ["y"], {}, { domain: "local" })]),
      initializers: [tensorProto({ name: "yes", dataType: T.BOOL, rawData: Uint8Array.of(1) })],
    });
    expect(run(m, { x })).toEqual([1, 0, 2]);
  });
  it("of a name that isograd knows are not needed", () => {
    const f = fn("Relu", "", ["a"], ["c"], [node("NoSuchOp", ["a"], ["c"])]);
    expect(run(read(calls([f], [node("Relu", ["x"], ["y"])])), { x })).toEqual([0, 0, 2]);
  });
  it("without end, or without measure: refused at once", () => {
    const endless = fn("F", "local", ["a"], ["c"], [node("F", ["a"], ["c"], {}, { domain: "local" })]);
    expect(cpuSeconds(() => expect(errorOf(() => read(calls([endless]))).code).toBe("onnx/invalid"))).toBeLessThan(1);
    const doubling = Array.from({ length: 60 }, (_, i) =>
      fn(
        i === 0 ? "F" : `F${i}`,
        "local",
        ["a"],
        ["c"],
        i === 59 ? [] : [0, 1].map((k) => node(`F${i + 1}`, ["a"], [k ? "c" : "d"], {}, { domain: "local" })),
      ),
    );
    expect(cpuSeconds(() => expect(errorOf(() => read(calls(doubling))).message).toMatch(/more than 1000000 nodes/))).toBeLessThan(10);
  });
  it("that name an attribute of nobody: refused", () => {
    expect(errorOf(() => read({ ...single("LeakyRelu", {}, { alpha: ref("slope", A.FLOAT) }) })).message).toMatch(/outside a function/);
  });
});

describe("structure", () => {
  it("nodes without a name, or of one name, get their own", () => {
    const g = read({
      inputs: [value("x", [1])],
      outputs: ["c"],
      nodes: [node("Relu", ["x"], ["a"], {}, { name: "n" }), node("Relu", ["a"], ["b"], {}, { name: "n" }), node("Relu", ["b"], ["c"])],
    }).graph;
    expect(g.nodes.map((n) => n.name)).toEqual(["n", "n_1", "c"]);
  });
  it("nodes in any order are sorted", () => {
    const m = read({
      inputs: [value("x", [2])],
      outputs: ["c"],
      nodes: [node("Neg", ["b"], ["c"]), node("Exp", ["a"], ["b"]), node("Abs", ["x"], ["a"])],
    });
    expect(run(m, { x: [-1, 0] })).toEqual([-Math.E, -1]);
  });
  for (const [name, parts, why] of [
    ["a cycle", { nodes: [node("Add", ["x", "b"], ["a"]), node("Neg", ["a"], ["b"])], outputs: ["b"] }, /cycle/],
    ["a node that feeds itself", { nodes: [node("Add", ["x", "a"], ["a"])], outputs: ["a"] }, /cycle/],
    ["a value of two nodes", { nodes: [node("Neg", ["x"], ["a"]), node("Abs", ["x"], ["a"])], outputs: ["a"] }, /"a" is defined twice/],
    ["a value of one node twice", { nodes: [node("Split", ["x"], ["a", "a"])], outputs: ["a"] }, /"a" is defined twice/],
    ["a node that makes an input", { nodes: [node("Neg", ["x"], ["x"])], outputs: ["x"] }, /"x" is defined twice/],
    ["an input nobody gives", { nodes: [node("Neg", ["nowhere"], ["a"])], outputs: ["a"] }, /"nowhere" is used but never defined/],
    ["an output nobody makes", { nodes: [], outputs: ["a"] }, /output "a" is never defined/],
    ["no outputs", { nodes: [node("Neg", ["x"], ["a"])], outputs: [] }, /no outputs/],
    ["an input twice", { inputs: [value("x", [2]), value("x", [2])], nodes: [], outputs: ["x"] }, /input "x" is declared twice/],
    ["an input without a name", { inputs: [value("", [2])], nodes: [], outputs: ["x"] }, /input has no name/],
    ["too many outputs", { nodes: [node("Neg", ["x"], ["a", "b"])], outputs: ["a"] }, /too many outputs/],
    ["too many inputs", { nodes: [node("Neg", ["x", "x"], ["a"])], outputs: ["a"] }, /too many inputs/],
    ["too few inputs", { nodes: [node("Add", ["x"], ["a"])], outputs: ["a"] }, /lacks its input "B"/],
    ["no outputs of a node", { nodes: [node("Neg", ["x"], []), node("Neg", ["x"], ["a"])], outputs: ["a"] }, undefined],
    ["an attribute of another kind", { nodes: [node("Softmax", ["x"], ["a"], { axis: string("one") })], outputs: ["a"] }, /wrong kind/],
    ["an attribute nobody knows", { nodes: [node("Relu", ["x"], ["a"], { speed: int(1) })], outputs: ["a"] }, /unknown attribute "speed"/],
  ] as const) {
    it(name, () => {
      const go = (): unknown => bind(readOnnx(model({ inputs: [value("x", [2])], ...parts }), { name: "m.onnx" }));
      if (why === undefined) go();
      else {
        const e = errorOf(go);
        expect(e.message).toMatch(why);
        expect(e.message.startsWith("m.onnx")).toBe(true);
        expect(e.message).not.toContain("\n");
      }
    });
  }
  it("subgraphs nested beyond reason: refused", () => {
    let g = graph({ nodes: [node("Identity", ["x"], ["d"])], outputs: ["d"] });
    for (let i = 0; i < 200; i++)
      g = graph({
        nodes: [node("If", ["c"], ["d"], { then_branch: graphAttr(g), else_branch: graphAttr(graph({ outputs: ["x"] })) })],
        outputs: ["d"],
      });
    expect(errorOf(() => read({ inputs: [value("x", [1])], outputs: ["d"], nodes: g.node })).code).toMatch(/^onnx\//);
  });
  it("names are shown with their control characters escaped, and cut", () => {
    const e = errorOf(() =>
      bind(read({ inputs: [value("x", [1])], outputs: ["a"], nodes: [node("Neg", ["\u001b[31m\nboo"], ["a"], {}, { name: "n".repeat(9000) })] })),
    );
    expect(e.message).toMatch(/\\x1b\[31m\\x0aboo|…$/);
    expect(e.message.length).toBeLessThan(2100);
  });
  it("inputs that are no tensors, or of unknown types: refused", () => {
    const proto = modelProto(single("Relu"));
    delete proto.graph!.input[0]!.type;
    expect(errorOf(() => readOnnx(toBinary(ModelProtoSchema, proto))).message).toMatch(/not a tensor/);
    expect(errorOf(() => read({ ...single("Relu"), inputs: [value("x", [1], T.COMPLEX64)] })).message).toMatch(/COMPLEX64/);
  });
});

describe("free dims", () => {
  const parts: ModelParts = {
    inputs: [value("x", ["n", "t"]), value("z", ["n", ""])],
    outputs: ["y"],
    nodes: [node("Concat", ["x", "z"], ["y"], { axis: int(1) })],
  };
  const shape = (options: Parameters<typeof bind>[1]): readonly number[] => {
    const { graph: g } = bind(read(parts), options);
    return g.types.get(g.outputs[0]!)!.shape;
  };

  it("are bound by the batch, by --bind, and by both", () => {
    expect(shape({ shapes: { x: [2, 3], z: [2, 5] } })).toEqual([2, 8]);
    expect(shape({ dims: { n: 4, t: 1, "z.1": 2 } })).toEqual([4, 3]);
    expect(shape({ dims: { n: 2 }, shapes: { x: [2, 3], z: [2, 1] } })).toEqual([2, 4]);
    expect(shape({ dims: { t: 3, "z.1": 0 }, shapes: { x: [2, 3] } })).toEqual([2, 3]);
  });
  for (const [name, options, why] of [
    ["free", { dims: { n: 2 } }, /dim "t" of the input "x" is free.*--bind t=1/],
    ["free without a name", { shapes: { x: [2, 3] } }, /dim "z\.1" of the input "z" is free.*--bind z\.1=1/],
    ["clash of two inputs", { shapes: { x: [2, 3], z: [3, 3] } }, /dim "n" the size 3, which is 2 elsewhere/],
    ["clash with --bind", { dims: { n: 5 }, shapes: { x: [2, 3], z: [2, 3] } }, /size 2, which is 5 elsewhere/],
    ["rank", { shapes: { x: [2, 3, 1], z: [2, 3] } }, /another rank/],
    ["a dim of no input", { dims: { batch: 2 } }, /no free dim "batch"/],
    ["a typo", { dims: { nn: 2 } }, /did you mean "n"\?/i],
    ["an input of nobody", { shapes: { xx: [2, 3] } }, /no input "xx"/],
  ] as const) {
    it(`${name}: said`, () => expect(errorOf(() => shape(options)).message).toMatch(why));
  }
  it("fixed ones must fit", () => {
    expect(errorOf(() => bind(read(single("Relu")), { shapes: { x: [2, 4] } })).message).toMatch(
      /another size in dim 1 \(expected \[2, 3\], got \[2, 4\]\)/,
    );
  });
  it("undeclared shapes come from the batch only", () => {
    const m = read({ ...single("Relu"), inputs: [value("x")] });
    expect(bind(m, { shapes: { x: [7] } }).graph.types.get("y")!.shape).toEqual([7]);
    expect(errorOf(() => bind(m)).message).toMatch(/no declared shape/);
  });
  it("inputs named as every object's members are", () => {
    for (const name of ["constructor", "__proto__", "toString"]) {
      const m = read({ inputs: [value(name, ["n"])], outputs: ["y"], nodes: [node("Neg", [name], ["y"])] });
      expect(bind(m, { dims: { n: 3 } }).graph.types.get("y")!.shape).toEqual([3]);
    }
  });
  it("more elements than any machine holds: refused without making one", () => {
    expect(errorOf(() => bind(read({ ...single("Relu"), inputs: [value("x", [2 ** 40, 2 ** 40])] }))).code).toBe("bind/input");
    expect(errorOf(() => bind(read({ ...single("Relu"), inputs: [value("x", [2n ** 62n])] }))).code).toBe("onnx/invalid");
    expect(errorOf(() => bind(read({ ...single("Relu"), inputs: [value("x", [2 ** 40])] }), { set: { x: 1 } })).code).toBe("bind/input");
  });
});

describe("If", () => {
  const parts: ModelParts = {
    inputs: [value("x", [2]), value("train", [], T.BOOL)],
    outputs: ["y"],
    nodes: [
      node("Not", ["train"], ["eval"]),
      node("If", ["eval"], ["y"], {
        then_branch: graphAttr(graph({ nodes: [node("Neg", ["x"], ["t"])], outputs: ["t"] })),
        else_branch: graphAttr(graph({ nodes: [node("NoSuchOp", ["x"], ["e"])], outputs: ["e"] })),
      }),
    ],
  };
  it("folds when --set decides it; the other branch may hold anything", () => {
    expect(run(read(parts), { x: [1, 2] }, { set: { train: 0 } })).toEqual([-1, -2]);
    expect(errorOf(() => bind(read(parts), { set: { train: 1 } })).message).toMatch(/NoSuchOp ×1/);
  });
  it("that the data decide is refused with the way out", () => {
    const e = errorOf(() => bind(read(parts)));
    expect(e.code).toBe("op/not-constant");
    expect(e.message).toMatch(/"eval" depends on the data.*fix "train", on which it depends, for example with --set train=1\.$/);
  });
});

describe("unsupported ops", () => {
  it("are listed at once, with counts, node names and reasons", () => {
    const chain = ["NoSuchOp", "QLinearConv", "NoSuchOp", "NoSuchOp", "NoSuchOp", "OptionalGetElement"];
    const nodes = [
      ...chain.map((op, i) => node(op, [i === 0 ? "x" : `v${i - 1}`], [`v${i}`], {}, { name: `node${i}` })),
      node("Strange", ["v5"], ["y"], {}, { domain: "com.example", name: "last" }),
    ];
    const { message, code } = errorOf(() => bind(read({ inputs: [value("x", [1])], outputs: ["y"], nodes, domains: { "com.example": 1 } })));
    expect(code).toBe("op/unsupported");
    expect(message).toContain("4 ops");
    expect(message).toContain("NoSuchOp ×4 (node0, node2, node3 and 1 more)");
    expect(message).toMatch(/QLinearConv ×1 \(quantised; node1\)/);
    expect(message).toMatch(/OptionalGetElement ×1 \(optionals[^;]*; node5\)/);
    expect(message).toContain("com.example::Strange ×1 (last)");
  });
  it("do not matter where nothing needs them", () => {
    expect(
      run(read({ ...single("Neg"), inputs: [value("x", [1])], nodes: [node("NoSuchOp", ["x"], ["z"]), node("Neg", ["x"], ["y"])] }), { x: [3] }),
    ).toEqual([-3]);
  });
  it("named like members of every object are unsupported, not found", () => {
    for (const op of ["constructor", "__proto__", "toString"]) expect(errorOf(() => bind(read(single(op)))).code).toBe("op/unsupported");
  });
});
