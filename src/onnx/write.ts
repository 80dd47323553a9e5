import { rawBytes, toBigInt } from "../graph/bytes.js";
import { isGraph } from "../graph/graph.js";
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
  STRING_ENTRY,
  TENSOR,
  TENSOR_SHAPE,
  TENSOR_TYPE,
  TRAINING_INFO,
  TYPE,
  VALUE_INFO,
} from "./field-numbers.js";
import { ProtoWriter } from "./proto-writer.js";

// Fields are written in the order of their numbers. A field that is named here is written even where its value is empty or zero.

/** The opset in which graphs are written; docs/adr/0001-canonical-opset.md gives the reasons. */
export const CANONICAL_OPSET = 20;

/** The least opset in which all of these nodes mean what they mean here. */
export const opsetOf = (nodes: readonly Node[]): number =>
  nodes.reduce((least, n) => Math.max(least, opNamed(n.op, n.domain)?.meaningSince ?? 0), CANONICAL_OPSET);

/** Options for writing a graph. */
export interface WriteOptions {
  readonly opset?: number;
  /** Types of the outputs, for a graph that is not bound. */
  readonly outputs?: readonly GraphInput[];
  /** Writes constants as Constant nodes, so that a reader does not take them for weights (default: as initializers). */
  readonly constantNodes?: boolean;
  /** Training information: the output that each initializer becomes in a step of training. */
  readonly training?: ReadonlyMap<string, string>;
  /** Returns the attribute kinds of ops that the registry lacks: those that lowering for a runtime introduces. */
  readonly foreign?: Foreign;
}

type Foreign = (node: Node) => Readonly<Record<string, AttrSpec>> | undefined;

/**
 * Encodes a graph as the bytes of an ONNX model, in the canonical opset by default. A graph that is not bound needs `outputs`. Of what an exporter noted of
 * nodes their modules are written, which are part of their names; lines of the program are not.
 */
export function writeOnnx(graph: Graph, options: WriteOptions = {}): Uint8Array<ArrayBuffer> {
  const { opset = CANONICAL_OPSET, foreign = () => undefined, constantNodes = false } = options;
  const declared = new Map([...graph.inputs, ...(options.outputs ?? [])].map((v) => [v.name, v]));
  const asNode = (name: string): boolean => constantNodes && graph.constants.has(name);
  const domains = domainsOf(graph);
  domains.delete("");
  const w = new ProtoWriter();
  const typed = (number: number, name: string): void => {
    const t = graph.types.get(name) ?? declared.get(name);
    invariant(t, `value "${name}" has no type`);
    writeValue(w, number, name, t);
  };
  const constant = (name: string): Tensor | undefined => graph.initializers.get(name);
  w.integer(MODEL.irVersion, 9);
  w.string(MODEL.producerName, "isograd");
  w.message(MODEL.graph, () => {
    for (const [name, t] of graph.initializers) if (asNode(name)) writeConstant(w, name, t);
    for (const n of graph.nodes) writeNode(w, n, foreign, constant);
    w.string(GRAPH.name, graph.name);
    for (const [name, t] of graph.initializers) if (!asNode(name)) w.message(GRAPH.initializer, () => writeTensor(w, name, t));
    for (const { name } of graph.inputs) typed(GRAPH.input, name);
    for (const name of graph.outputs) typed(GRAPH.output, name);
  });
  const operatorSet = (domain: string, version: number): void =>
    w.message(MODEL.opsetImport, () => {
      w.string(OPERATOR_SET.domain, domain);
      w.integer(OPERATOR_SET.version, version);
    });
  operatorSet("", opset);
  for (const domain of domains) operatorSet(domain, 1);
  if (options.training) writeTraining(w, options.training);
  return w.finish();
}

/** Writes what a step of training replaces. The algorithm is the graph itself, so that nothing is left for one of its own. */
function writeTraining(w: ProtoWriter, training: ReadonlyMap<string, string>): void {
  w.message(MODEL.trainingInfo, () => {
    w.message(TRAINING_INFO.algorithm, () => w.string(GRAPH.name, "step"));
    for (const [key, value] of training)
      w.message(TRAINING_INFO.updateBinding, () => {
        w.string(STRING_ENTRY.key, key);
        w.string(STRING_ENTRY.value, value);
      });
  });
}

/** The domains of the ops of a graph and its subgraphs. */
function domainsOf(graph: Graph): Set<string> {
  const bodies = graph.nodes.flatMap((n) => Object.values(n.attrs).filter(isGraph));
  return new Set([...graph.nodes.map((n) => n.domain), ...bodies.flatMap((body) => [...domainsOf(body)])]);
}

type DeclaredType = { readonly dtype: DType; readonly shape?: readonly Dim[] };

/** Writes an input or an output; its type may be missing. */
function writeValue(w: ProtoWriter, number: number, name: string, type?: DeclaredType): void {
  w.message(number, () => {
    w.string(VALUE_INFO.name, name);
    if (type) w.message(VALUE_INFO.type, () => w.message(TYPE.tensorType, () => writeType(w, type)));
  });
}

function writeType(w: ProtoWriter, { dtype, shape }: DeclaredType): void {
  w.integer(TENSOR_TYPE.elemType, dtypeToOnnx(dtype));
  if (!shape) return;
  const dim = (d: Dim): void => {
    if (typeof d === "number") w.integer(DIMENSION.dimValue, d);
    else if (d !== "") w.string(DIMENSION.dimParam, d);
  };
  w.message(TENSOR_TYPE.shape, () => {
    for (const d of shape) w.message(TENSOR_SHAPE.dim, () => dim(d));
  });
}

/** Writes a tensor with its data as raw bytes. */
function writeTensor(w: ProtoWriter, name: string, t: Tensor): void {
  for (const d of t.shape) w.integer(TENSOR.dims, d);
  w.integer(TENSOR.dataType, dtypeToOnnx(t.dtype));
  w.string(TENSOR.name, name);
  w.bytes(TENSOR.rawData, rawBytes(t));
}

function writeConstant(w: ProtoWriter, name: string, value: Tensor): void {
  w.message(GRAPH.node, () => {
    w.string(NODE.output, name);
    w.string(NODE.name, name);
    w.string(NODE.opType, "Constant");
    w.message(NODE.attribute, () => {
      w.string(ATTRIBUTE.name, "value");
      w.message(ATTRIBUTE.t, () => writeTensor(w, "", value));
      w.integer(ATTRIBUTE.type, ATTRIBUTE_TYPE.tensor);
    });
  });
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

function writeNode(w: ProtoWriter, n: Node, foreign: Foreign, constant: (value: string) => Tensor | undefined): void {
  const specs = opNamed(n.op, n.domain)?.attrs ?? foreign(n) ?? {};
  w.message(GRAPH.node, () => {
    for (const name of n.inputs) w.string(NODE.input, name);
    for (const name of namedOutputs(n, constant)) w.string(NODE.output, name);
    w.string(NODE.name, n.name);
    w.string(NODE.opType, n.op);
    for (const [name, value] of Object.entries(n.attrs)) {
      w.message(NODE.attribute, () => {
        w.string(ATTRIBUTE.name, name);
        w.integer(
          ATTRIBUTE.type,
          writeAttributeValue(w, value, specs[name]?.kind, foreign, () => `${n.op} has the unwritable attribute "${name}"`),
        );
      });
    }
    w.string(NODE.domain, n.domain);
  });
}

/** Writes a branch or a loop body as read from a file: only its inputs declare types. */
function writeSubgraph(w: ProtoWriter, g: Graph, foreign: Foreign): void {
  for (const n of g.nodes) writeNode(w, n, foreign, (v) => g.initializers.get(v));
  w.string(GRAPH.name, g.name);
  for (const [name, t] of g.initializers) w.message(GRAPH.initializer, () => writeTensor(w, name, t));
  for (const i of g.inputs) writeValue(w, GRAPH.input, i.name, i);
  for (const name of g.outputs) writeValue(w, GRAPH.output, name);
}

const int64 = (v: number): number | bigint => (Number.isSafeInteger(v) ? v : toBigInt(v, "int64"));

/** Writes the value of an attribute, and returns the number of its type. `unwritable` says what is wrong where the kind is not known. */
function writeAttributeValue(w: ProtoWriter, value: Attr, kind: AttrSpec["kind"] | undefined, foreign: Foreign, unwritable: () => string): number {
  switch (kind) {
    case "int":
    case "flag":
      w.integer(ATTRIBUTE.i, int64(value as number));
      return ATTRIBUTE_TYPE.int;
    case "dtype":
      w.integer(ATTRIBUTE.i, dtypeToOnnx(value as DType));
      return ATTRIBUTE_TYPE.int;
    case "float":
      w.float(ATTRIBUTE.f, value as number);
      return ATTRIBUTE_TYPE.float;
    case "string":
      w.string(ATTRIBUTE.s, value as string);
      return ATTRIBUTE_TYPE.string;
    case "ints":
      for (const v of value as readonly number[]) w.integer(ATTRIBUTE.ints, int64(v));
      return ATTRIBUTE_TYPE.ints;
    case "floats":
      for (const v of value as readonly number[]) w.float(ATTRIBUTE.floats, v);
      return ATTRIBUTE_TYPE.floats;
    case "strings":
      for (const s of value as readonly string[]) w.string(ATTRIBUTE.strings, s);
      return ATTRIBUTE_TYPE.strings;
    case "tensor":
      w.message(ATTRIBUTE.t, () => writeTensor(w, "", value as Tensor));
      return ATTRIBUTE_TYPE.tensor;
    case "graph":
      w.message(ATTRIBUTE.g, () => writeSubgraph(w, value as Graph, foreign));
      return ATTRIBUTE_TYPE.graph;
    default:
      return invariant(false, unwritable()) as never;
  }
}
