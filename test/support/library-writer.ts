import { create, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as A,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProtoSchema,
  TensorShapeProtoSchema,
  TensorShapeProto_DimensionSchema,
  TypeProtoSchema,
  TypeProto_TensorSchema,
  ValueInfoProtoSchema,
} from "onnx-buf";
import type { AttributeProto, GraphProto, NodeProto, TensorProto, ValueInfoProto } from "onnx-buf";
import { rawBytes, toBigInt } from "../../src/graph/bytes.js";
import type { Attr, Dim, Graph, Node } from "../../src/graph/graph.js";
import type { DType, Tensor } from "../../src/graph/tensor.js";
import type { AttrSpec } from "../../src/ops/op.js";
import { opNamed } from "../../src/ops/registry.js";
import { CANONICAL_OPSET } from "../../src/onnx/write.js";
import type { WriteOptions } from "../../src/onnx/write.js";
import { invariant } from "../../src/util/errors.js";
import { dtypeToOnnx } from "../../src/onnx/dtype.js";

// A graph as the bytes of an ONNX model by the protobuf library: what the bytes of src/onnx/write.ts are compared with.

/** Encodes a graph as the bytes of an ONNX model. */
export function writtenByLibrary(graph: Graph, options: WriteOptions = {}): Uint8Array<ArrayBuffer> {
  const { opset = CANONICAL_OPSET, foreign = () => undefined, constantNodes = false } = options;
  const declared = new Map([...graph.inputs, ...(options.outputs ?? [])].map((v) => [v.name, v]));
  const asNode = (name: string): boolean => constantNodes && graph.constants.has(name);
  const domains = new Set(graph.nodes.map((n) => n.domain));
  domains.delete("");
  const typed = (name: string): ValueInfoProto => {
    const t = graph.types.get(name) ?? declared.get(name);
    invariant(t, `value "${name}" has no type`);
    return valueInfo(name, t);
  };
  const model = create(ModelProtoSchema, {
    irVersion: 9n,
    producerName: "isograd",
    opsetImport: [
      create(OperatorSetIdProtoSchema, { domain: "", version: BigInt(opset) }),
      ...[...domains].map((domain) => create(OperatorSetIdProtoSchema, { domain, version: 1n })),
    ],
    graph: create(GraphProtoSchema, {
      name: graph.name,
      node: [
        ...[...graph.initializers].filter(([name]) => asNode(name)).map(([name, t]) => writeConstant(name, t)),
        ...graph.nodes.map((n) => writeNode(n, opNamed(n.op, n.domain)?.attrs ?? foreign(n) ?? {}, (v) => graph.initializers.get(v))),
      ],
      input: graph.inputs.map((i) => typed(i.name)),
      output: graph.outputs.map(typed),
      initializer: [...graph.initializers].filter(([name]) => !asNode(name)).map(([name, t]) => writeTensor(name, t)),
    }),
  });
  return toBinary(ModelProtoSchema, model);
}

function valueInfo(name: string, t: { readonly dtype: DType; readonly shape?: readonly Dim[] }): ValueInfoProto {
  const dims = t.shape?.map((d) =>
    create(
      TensorShapeProto_DimensionSchema,
      typeof d === "number" ? { value: { case: "dimValue", value: BigInt(d) } } : d === "" ? {} : { value: { case: "dimParam", value: d } },
    ),
  );
  const shape = dims && create(TensorShapeProtoSchema, { dim: dims });
  const tensorType = create(TypeProto_TensorSchema, { elemType: dtypeToOnnx(t.dtype), ...(shape ? { shape } : {}) });
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: "tensorType", value: tensorType } }) });
}

function writeConstant(name: string, value: Tensor): NodeProto {
  const attribute = [create(AttributeProtoSchema, { name: "value", type: A.TENSOR, t: writeTensor("", value) })];
  return create(NodeProtoSchema, { name, opType: "Constant", output: [name], attribute });
}

/** Counts the outputs that the schema demands of a node, used or not: both of TopK, every part of Split. */
function outputsDemanded(n: Node, constant: (value: string) => Tensor | undefined): number {
  const op = opNamed(n.op, n.domain);
  if (op?.traits?.splits) return constant(n.inputs[1] ?? "")?.data.length ?? 0;
  return Object.values(op?.outputs ?? {}).filter((port) => !port.optional && !port.variadic).length;
}

/** Returns the output names of a node, with new ones for unused outputs that the schema demands. */
function namedOutputs(n: Node, constant: (value: string) => Tensor | undefined): string[] {
  const count = outputsDemanded(n, constant);
  const base = n.outputs.find((o) => o !== "") ?? n.name;
  return Array.from({ length: Math.max(count, n.outputs.length) }, (_, i) => n.outputs[i] || (i < count ? `${base}/unused_${i}` : ""));
}

function writeNode(n: Node, specs: Readonly<Record<string, AttrSpec>>, constant: (value: string) => Tensor | undefined): NodeProto {
  return create(NodeProtoSchema, {
    name: n.name,
    opType: n.op,
    domain: n.domain,
    input: [...n.inputs],
    output: namedOutputs(n, constant),
    attribute: Object.entries(n.attrs).map(([name, value]) => writeAttr(name, value, specs[name]?.kind, n)),
  });
}

/** Encodes a branch or a loop body as read from a file: only its inputs declare types. */
function writeSubgraph(g: Graph): GraphProto {
  return create(GraphProtoSchema, {
    name: g.name,
    node: g.nodes.map((n) => writeNode(n, opNamed(n.op, n.domain)?.attrs ?? {}, (v) => g.initializers.get(v))),
    input: g.inputs.map((i) => valueInfo(i.name, i)),
    output: g.outputs.map((name) => create(ValueInfoProtoSchema, { name })),
    initializer: [...g.initializers].map(([name, t]) => writeTensor(name, t)),
  });
}

const utf8 = new TextEncoder();

function writeAttr(name: string, value: Attr, kind: AttrSpec["kind"] | undefined, n: Node): AttributeProto {
  const make = (fields: object): AttributeProto => create(AttributeProtoSchema, { name, ...fields });
  switch (kind) {
    case "int":
    case "flag":
      return make({ type: A.INT, i: toBigInt(value as number, "int64") });
    case "dtype":
      return make({ type: A.INT, i: BigInt(dtypeToOnnx(value as DType)) });
    case "float":
      return make({ type: A.FLOAT, f: value as number });
    case "string":
      return make({ type: A.STRING, s: utf8.encode(value as string) });
    case "ints":
      return make({ type: A.INTS, ints: (value as readonly number[]).map((v) => toBigInt(v, "int64")) });
    case "floats":
      return make({ type: A.FLOATS, floats: [...(value as readonly number[])] });
    case "strings":
      return make({ type: A.STRINGS, strings: (value as readonly string[]).map((s) => utf8.encode(s)) });
    case "tensor":
      return make({ type: A.TENSOR, t: writeTensor("", value as Tensor) });
    case "graph":
      return make({ type: A.GRAPH, g: writeSubgraph(value as Graph) });
    default:
      return invariant(false, `${n.op} has the unwritable attribute "${name}"`) as never;
  }
}

const writeTensor = (name: string, t: Tensor): TensorProto =>
  create(TensorProtoSchema, { name, dims: t.shape.map(BigInt), dataType: dtypeToOnnx(t.dtype), rawData: rawBytes(t) });
