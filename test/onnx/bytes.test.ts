import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProtoSchema,
  TensorProto_DataType,
  TensorShapeProtoSchema,
  TensorShapeProto_DimensionSchema,
  TypeProtoSchema,
  TypeProto_TensorSchema,
  ValueInfoProtoSchema,
} from "onnx-buf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gradient } from "../../src/autodiff/network.js";
import type { Attr, Graph } from "../../src/graph/graph.js";
import { tensor } from "../../src/graph/tensor.js";
import { built } from "../../src/nn/build.js";
import { dtypeFromOnnx, onnxTypeName } from "../../src/onnx/dtype.js";
import * as numbers from "../../src/onnx/field-numbers.js";
import { readOnnx } from "../../src/onnx/read.js";
import { writeOnnx } from "../../src/onnx/write.js";
import type { WriteOptions } from "../../src/onnx/write.js";
import { allOps, newBuilder } from "../../src/ops/registry.js";
import { bind } from "../../src/passes/bind.js";
import { foreignAttrs } from "../../src/runtime/lowering/foreign.js";
import { NATIVE } from "../../src/runtime/lowering/node.js";
import { WEB } from "../../src/runtime/lowering/web.js";
import { anyTensor } from "../io/safetensors.test.js";
import { build } from "../support/examples.js";
import { writtenByLibrary } from "../support/library-writer.js";
import { SMALL_NETS } from "../support/nets.js";

// Every byte that is written is the one that the protobuf library writes.

function expectSameBytes(graph: Graph, options?: WriteOptions): void {
  const ours = writeOnnx(graph, options);
  expect(ours.buffer.byteLength).toBe(ours.length);
  expect(Buffer.compare(ours, writtenByLibrary(graph, options))).toBe(0);
}

describe("the bytes of a written graph are the protobuf library's", () => {
  it.each(allOps().map((op) => [op.name, op] as const))("for the examples of %s", (_, op) => {
    for (const example of op.examples) {
      const { graph, raw } = build(op, example);
      for (const g of [graph, raw]) for (const constantNodes of [false, true]) expectSameBytes(g, { constantNodes, opset: 25 });
    }
  });

  it.each(SMALL_NETS.map(({ spec }) => [JSON.stringify(spec), spec] as const))("for %s: as a file, bound, differentiated and lowered", (_, spec) => {
    const { model, outputs } = built({ ...spec, batch: 2 });
    expectSameBytes(model.graph, { opset: model.opset, outputs, constantNodes: true });
    const bound = bind(model);
    expectSameBytes(bound.graph);
    const { graph } = gradient(bound, { loss: { kind: "sum" } });
    expectSameBytes(graph);
    for (const { lower } of [NATIVE, WEB]) expectSameBytes(lower(graph), { foreign: foreignAttrs });
  });

  const root = fileURLToPath(new URL("../..", import.meta.url));
  const fixtures = ["test/fixtures", "examples"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".onnx"))
      .map((name) => join(folder, name)),
  );
  it.each(fixtures)("for %s, as it is read", (path) => {
    const { graph, opset } = readOnnx(readFileSync(join(root, path)));
    expectSameBytes(graph, { opset, outputs: graph.outputs.map((name) => ({ name, dtype: "float32" })) });
  });

  it("for tensors of every element type", () => {
    fc.assert(
      fc.property(anyTensor, fc.string({ unit: "binary" }), (t, name) => {
        const b = newBuilder();
        b.initializer(`t${name}`, t);
        b.outputs.push(`t${name}`);
        expectSameBytes(b.build(name));
      }),
    );
  });

  /** A graph of one node of an unknown op, whose attributes are of every kind. */
  const withAttributes = (attrs: Readonly<Record<string, Attr>>): Graph => ({
    name: "",
    inputs: [{ name: "x", dtype: "int8", shape: [0, "", "batch"] }],
    outputs: ["x"],
    initializers: new Map(),
    constants: new Set(),
    nodes: [{ op: "Own", domain: "org.example", name: "", inputs: ["x", ""], outputs: ["y", ""], attrs }],
    types: new Map(),
  });
  const kinds = ["int", "float", "string", "ints", "floats", "strings", "tensor"] as const;
  const foreign = () => Object.fromEntries(kinds.map((kind) => [kind, { kind }]));
  const anyInteger = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.constantFrom(-0, 2 ** 63, -(2 ** 63), 2 ** 64, NaN, 127, 128, -1));

  it("for attributes of every kind", () => {
    const attrs = fc.record({
      int: anyInteger,
      float: fc.float(),
      string: fc.string({ unit: "binary" }),
      ints: fc.array(anyInteger),
      floats: fc.array(fc.float()),
      strings: fc.array(fc.string({ unit: "grapheme" })),
      tensor: anyTensor,
    });
    fc.assert(fc.property(attrs, (given) => expectSameBytes(withAttributes(given), { foreign })));
  });

  it("for halves of surrogate pairs, long texts and lists, and messages around the lengths where a length takes one byte more", () => {
    const long = Array.from({ length: 200_000 }, (_, i) => i - 100_000);
    expectSameBytes(withAttributes({ string: "\ud800x\udc00", strings: ["é".repeat(70), "x".repeat(20_000)], ints: long, floats: long }), {
      foreign,
    });
    for (const length of [0, 1, ...Array.from({ length: 140 }, (_, i) => i), 16_250, 16_300, 16_350, 16_384, 2_097_100, 2_097_152])
      expectSameBytes(withAttributes({ tensor: tensor("uint8", [length], new Uint8Array(length)) }), { foreign });
  });

  it("and both refuse a float attribute beyond float32", () => {
    for (const write of [writeOnnx, writtenByLibrary])
      expect(() => write(withAttributes({ float: 1e300 }), { foreign })).toThrow(/invalid float32: 1e\+300/);
  });
});

describe("numbers of the ONNX format", () => {
  it.each([
    [ModelProtoSchema, numbers.MODEL],
    [OperatorSetIdProtoSchema, numbers.OPERATOR_SET],
    [GraphProtoSchema, numbers.GRAPH],
    [NodeProtoSchema, numbers.NODE],
    [AttributeProtoSchema, numbers.ATTRIBUTE],
    [ValueInfoProtoSchema, numbers.VALUE_INFO],
    [TypeProtoSchema, numbers.TYPE],
    [TypeProto_TensorSchema, numbers.TENSOR_TYPE],
    [TensorShapeProtoSchema, numbers.TENSOR_SHAPE],
    [TensorShapeProto_DimensionSchema, numbers.DIMENSION],
    [TensorProtoSchema, numbers.TENSOR],
  ])("of the fields of %s", (schema, ours) => {
    expect(schema.fields.filter((f) => f.localName in ours).map((f) => [f.localName, f.number])).toEqual(
      expect.arrayContaining(Object.entries(ours)),
    );
    expect(Object.values(ours)).toEqual(Object.values<number>(ours).sort((a, b) => a - b));
  });

  it("of attribute types", () => {
    for (const [name, number] of Object.entries(numbers.ATTRIBUTE_TYPE)) expect(AttributeProto_AttributeType[number]).toBe(name.toUpperCase());
  });

  it("of element types", () => {
    const all = Object.values(TensorProto_DataType).filter((n) => typeof n === "number");
    expect(all.length).toBeGreaterThan(20);
    for (const n of all) expect(onnxTypeName(n)).toBe(TensorProto_DataType[n]);
    expect(all.map((n) => dtypeFromOnnx(n)).filter((t) => t !== undefined)).toHaveLength(14);
    expect(dtypeFromOnnx(TensorProto_DataType.BFLOAT16)).toBe("float32");
  });
});
