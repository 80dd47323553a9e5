import { rawBytes, toBigInt } from "../graph/bytes.js";
import type { Attr, Dim, Graph, GraphInput, Node } from "../graph/graph.js";
import type { DType, Tensor } from "../graph/tensor.js";
import type { AttrSpec } from "../ops/op.js";
import { opNamed } from "../ops/registry.js";
import { invariant } from "../util/errors.js";
import { dtypeToOnnx } from "./dtype.js";
import {
  ATTRIBUTE,
  ATTRIBUTE_TYPE,
  DIMENSION,
  GRAPH,
  MODEL,
  NODE,
  OPERATOR_SET,
  TENSOR,
  TENSOR_SHAPE,
  TENSOR_TYPE,
  TYPE,
  VALUE_INFO,
} from "./field-numbers.js";
import { bytes, encode, float, integer, message, string } from "./proto-writer.js";
import type { Field } from "./proto-writer.js";

// Fields stand in the order of their numbers. A field that is named here is written even where its value is empty or zero.

/** The opset in which graphs are written; docs/adr/0001-canonical-opset.md gives the reasons. */
export const CANONICAL_OPSET = 20;

/** Options for writing a graph. */
export interface WriteOptions {
  readonly opset?: number;
  /** Types of the outputs, for a graph that is not bound. */
  readonly outputs?: readonly GraphInput[];
  /** Writes constants as Constant nodes, so that a reader does not take them for weights (default: as initializers). */
  readonly constantNodes?: boolean;
  /** Returns the attribute kinds of ops that the registry lacks: those that lowering for a runtime introduces. */
  readonly foreign?: (node: Node) => Readonly<Record<string, AttrSpec>> | undefined;
}

/** Encodes a graph as the bytes of an ONNX model, in the canonical opset by default. A graph that is not bound needs `outputs`. */
export function writeOnnx(graph: Graph, options: WriteOptions = {}): Uint8Array<ArrayBuffer> {
  const { opset = CANONICAL_OPSET, foreign = () => undefined, constantNodes = false } = options;
  const declared = new Map([...graph.inputs, ...(options.outputs ?? [])].map((v) => [v.name, v]));
  const asNode = (name: string): boolean => constantNodes && graph.constants.has(name);
  const domains = new Set(graph.nodes.map((n) => n.domain));
  domains.delete("");
  const typed = (number: number, name: string): Field => {
    const t = graph.types.get(name) ?? declared.get(name);
    invariant(t, `value "${name}" has no type`);
    return message(number, [string(VALUE_INFO.name, name), message(VALUE_INFO.type, typeFields(t))]);
  };
  const constants = [...graph.initializers].filter(([name]) => asNode(name));
  const initializers = [...graph.initializers].filter(([name]) => !asNode(name));
  return encode([
    integer(MODEL.irVersion, 9),
    string(MODEL.producerName, "isograd"),
    message(MODEL.graph, [
      ...constants.map(([name, t]) => message(GRAPH.node, constantFields(name, t))),
      ...graph.nodes.map((n) =>
        message(
          GRAPH.node,
          nodeFields(n, opNamed(n.op, n.domain)?.attrs ?? foreign(n) ?? {}, (v) => graph.initializers.get(v)),
        ),
      ),
      string(GRAPH.name, graph.name),
      ...initializers.map(([name, t]) => message(GRAPH.initializer, tensorFields(name, t))),
      ...graph.inputs.map((i) => typed(GRAPH.input, i.name)),
      ...graph.outputs.map((name) => typed(GRAPH.output, name)),
    ]),
    operatorSet("", opset),
    ...[...domains].map((domain) => operatorSet(domain, 1)),
  ]);
}

const operatorSet = (domain: string, version: number): Field =>
  message(MODEL.opsetImport, [string(OPERATOR_SET.domain, domain), integer(OPERATOR_SET.version, version)]);

function typeFields({ dtype, shape }: { readonly dtype: DType; readonly shape?: readonly Dim[] }): Field[] {
  const dim = (d: Dim): Field[] =>
    typeof d === "number" ? [integer(DIMENSION.dimValue, d)] : d === "" ? [] : [string(DIMENSION.dimParam, d)];
  const dims = shape?.map((d) => message(TENSOR_SHAPE.dim, dim(d)));
  return [message(TYPE.tensorType, [integer(TENSOR_TYPE.elemType, dtypeToOnnx(dtype)), ...(dims ? [message(TENSOR_TYPE.shape, dims)] : [])])];
}

/** A tensor with its data as raw bytes. */
const tensorFields = (name: string, t: Tensor): Field[] => [
  ...t.shape.map((d) => integer(TENSOR.dims, d)),
  integer(TENSOR.dataType, dtypeToOnnx(t.dtype)),
  string(TENSOR.name, name),
  bytes(TENSOR.rawData, rawBytes(t)),
];

const constantFields = (name: string, value: Tensor): Field[] => [
  string(NODE.output, name),
  string(NODE.name, name),
  string(NODE.opType, "Constant"),
  message(NODE.attribute, [
    string(ATTRIBUTE.name, "value"),
    message(ATTRIBUTE.t, tensorFields("", value)),
    integer(ATTRIBUTE.type, ATTRIBUTE_TYPE.tensor),
  ]),
];

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

function nodeFields(n: Node, specs: Readonly<Record<string, AttrSpec>>, constant: (value: string) => Tensor | undefined): Field[] {
  return [
    ...n.inputs.map((name) => string(NODE.input, name)),
    ...namedOutputs(n, constant).map((name) => string(NODE.output, name)),
    string(NODE.name, n.name),
    string(NODE.opType, n.op),
    ...Object.entries(n.attrs).map(([name, value]) => message(NODE.attribute, attributeFields(name, value, specs[name]?.kind, n))),
    string(NODE.domain, n.domain),
  ];
}

/** A branch or a loop body as read from a file: only its inputs declare types. */
const subgraphFields = (g: Graph): Field[] => [
  ...g.nodes.map((n) =>
    message(
      GRAPH.node,
      nodeFields(n, opNamed(n.op, n.domain)?.attrs ?? {}, (v) => g.initializers.get(v)),
    ),
  ),
  string(GRAPH.name, g.name),
  ...[...g.initializers].map(([name, t]) => message(GRAPH.initializer, tensorFields(name, t))),
  ...g.inputs.map((i) => message(GRAPH.input, [string(VALUE_INFO.name, i.name), message(VALUE_INFO.type, typeFields(i))])),
  ...g.outputs.map((name) => message(GRAPH.output, [string(VALUE_INFO.name, name)])),
];

function attributeFields(name: string, value: Attr, kind: AttrSpec["kind"] | undefined, n: Node): Field[] {
  const of = (type: number, fields: readonly Field[]): Field[] => [string(ATTRIBUTE.name, name), ...fields, integer(ATTRIBUTE.type, type)];
  switch (kind) {
    case "int":
    case "flag":
      return of(ATTRIBUTE_TYPE.int, [integer(ATTRIBUTE.i, toBigInt(value as number, "int64"))]);
    case "dtype":
      return of(ATTRIBUTE_TYPE.int, [integer(ATTRIBUTE.i, dtypeToOnnx(value as DType))]);
    case "float":
      return of(ATTRIBUTE_TYPE.float, [float(ATTRIBUTE.f, value as number)]);
    case "string":
      return of(ATTRIBUTE_TYPE.string, [string(ATTRIBUTE.s, value as string)]);
    case "ints":
      return of(
        ATTRIBUTE_TYPE.ints,
        (value as readonly number[]).map((v) => integer(ATTRIBUTE.ints, toBigInt(v, "int64"))),
      );
    case "floats":
      return of(
        ATTRIBUTE_TYPE.floats,
        (value as readonly number[]).map((v) => float(ATTRIBUTE.floats, v)),
      );
    case "strings":
      return of(
        ATTRIBUTE_TYPE.strings,
        (value as readonly string[]).map((s) => string(ATTRIBUTE.strings, s)),
      );
    case "tensor":
      return of(ATTRIBUTE_TYPE.tensor, [message(ATTRIBUTE.t, tensorFields("", value as Tensor))]);
    case "graph":
      return of(ATTRIBUTE_TYPE.graph, [message(ATTRIBUTE.g, subgraphFields(value as Graph))]);
    default:
      return invariant(false, `${n.op} has the unwritable attribute "${name}"`) as never;
  }
}
