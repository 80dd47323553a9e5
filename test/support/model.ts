import { create, toBinary } from "@bufbuild/protobuf";
import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as A,
  FunctionProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  TensorProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType as T,
  TensorShapeProtoSchema,
  TensorShapeProto_DimensionSchema,
  TypeProtoSchema,
  TypeProto_SequenceSchema,
  TypeProto_TensorSchema,
  ValueInfoProtoSchema,
} from "onnx-buf";
import type { FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto } from "onnx-buf";

// Raw ONNX files from a few lines, valid or not: what tests of the reader and the fuzzer start from. Nothing here checks anything.

const utf8 = new TextEncoder();

/** An attribute without its name. */
export type Attribute = Omit<MessageInitShape<typeof AttributeProtoSchema>, "$typeName" | "name">;

/** An attribute by its ONNX kind, where the JavaScript value alone does not say it. */
export const int = (i: number | bigint): Attribute => ({ type: A.INT, i: BigInt(i) });
export const ints = (list: readonly (number | bigint)[]): Attribute => ({ type: A.INTS, ints: list.map(BigInt) });
export const float = (f: number): Attribute => ({ type: A.FLOAT, f });
export const floats = (list: readonly number[]): Attribute => ({ type: A.FLOATS, floats: [...list] });
export const string = (s: string): Attribute => ({ type: A.STRING, s: utf8.encode(s) });
export const tensorAttr = (t: TensorProto): Attribute => ({ type: A.TENSOR, t });
export const graphAttr = (g: GraphProto): Attribute => ({ type: A.GRAPH, g });
/** Inside a function: the value that the call gives under `name`. */
export const ref = (name: string, type: A): Attribute => ({ type, refAttrName: name });

export type Attrs = Readonly<Record<string, Attribute>>;

export function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attrs: Attrs = {},
  more: { name?: string; domain?: string } = {},
): NodeProto {
  return create(NodeProtoSchema, {
    opType,
    input: [...input],
    output: [...output],
    name: more.name ?? "",
    domain: more.domain ?? "",
    attribute: Object.entries(attrs).map(([name, a]) => create(AttributeProtoSchema, { ...a, name })),
  });
}

const product = (shape: readonly (number | bigint)[]): number => shape.reduce<number>((n, d) => n * Number(d), 1);

/** A float32 initializer in raw bytes; values are repeated to fill the shape. */
export function f32(name: string, dims: readonly number[], values: ArrayLike<number> = [0.5, -0.25, 0.125]): TensorProto {
  const data = Float32Array.from({ length: product(dims) }, (_, i) => values[i % values.length]!);
  return create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType: T.FLOAT, rawData: new Uint8Array(data.buffer) });
}

/** An int64 initializer in raw bytes. */
export function i64(name: string, values: readonly (number | bigint)[], dims: readonly number[] = [values.length]): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: dims.map(BigInt),
    dataType: T.INT64,
    rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
  });
}

/** Any TensorProto. */
export const tensorProto = (fields: Partial<TensorProto>): TensorProto => create(TensorProtoSchema, fields as never);

/** A tensor whose bytes lie in another file. */
export function external(
  name: string,
  dims: readonly number[],
  entries: Readonly<Record<string, string | number>>,
  dataType: T = T.FLOAT,
): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: dims.map(BigInt),
    dataType,
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: Object.entries(entries).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value: String(value) })),
  });
}

/** The declaration of an input or output; without dims not even the rank is declared. */
export function value(name: string, dims?: readonly (number | bigint | string)[], elemType: T = T.FLOAT): ValueInfoProto {
  const dim = dims?.map((d) =>
    create(
      TensorShapeProto_DimensionSchema,
      typeof d !== "string" ? { value: { case: "dimValue", value: BigInt(d) } } : d === "" ? {} : { value: { case: "dimParam", value: d } },
    ),
  );
  const tensorType = create(TypeProto_TensorSchema, { elemType, ...(dim ? { shape: create(TensorShapeProtoSchema, { dim }) } : {}) });
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: "tensorType", value: tensorType } }) });
}

/** The declaration of a sequence of tensors. */
export function sequenceValue(name: string, dims?: readonly (number | bigint | string)[], elemType: T = T.FLOAT): ValueInfoProto {
  const elements = create(TypeProto_SequenceSchema, { elemType: value("", dims, elemType).type! });
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: "sequenceType", value: elements } }) });
}

export interface GraphParts {
  readonly inputs?: readonly ValueInfoProto[];
  readonly outputs?: readonly (ValueInfoProto | string)[];
  readonly nodes?: readonly NodeProto[];
  readonly initializers?: readonly TensorProto[];
  readonly name?: string;
}

export function graph(parts: GraphParts): GraphProto {
  return create(GraphProtoSchema, {
    name: parts.name ?? "g",
    node: [...(parts.nodes ?? [])],
    input: [...(parts.inputs ?? [])],
    output: (parts.outputs ?? []).map((o) => (typeof o === "string" ? create(ValueInfoProtoSchema, { name: o }) : o)),
    initializer: [...(parts.initializers ?? [])],
  });
}

/** A model-local function. */
export function fn(
  name: string,
  domain: string,
  input: readonly string[],
  output: readonly string[],
  nodes: readonly NodeProto[],
  attrs: { names?: readonly string[]; defaults?: Attrs } = {},
): FunctionProto {
  return create(FunctionProtoSchema, {
    name,
    domain,
    input: [...input],
    output: [...output],
    node: [...nodes],
    attribute: [...(attrs.names ?? [])],
    attributeProto: Object.entries(attrs.defaults ?? {}).map(([key, a]) => create(AttributeProtoSchema, { ...a, name: key })),
  });
}

export interface ModelParts extends GraphParts {
  readonly opset?: number;
  readonly domains?: Readonly<Record<string, number>>;
  readonly functions?: readonly FunctionProto[];
}

export function modelProto(parts: ModelParts): ModelProto {
  const imports = { "": parts.opset ?? 17, ...parts.domains };
  return create(ModelProtoSchema, {
    irVersion: 9n,
    producerName: "test",
    opsetImport: Object.entries(imports).map(([domain, version]) => create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) })),
    graph: graph(parts),
    functions: [...(parts.functions ?? [])],
  });
}

/** The bytes of a model. */
export const model = (parts: ModelParts): Uint8Array => toBinary(ModelProtoSchema, modelProto(parts));

export { A as AttributeType, T as DataType };
