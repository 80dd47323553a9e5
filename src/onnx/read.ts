import { fromBinary } from "@bufbuild/protobuf";
import { AttributeProto_AttributeType as A, ModelProtoSchema } from "onnx-buf";
import type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, TypeProto } from "onnx-buf";
import type { Attr, Dim, Graph, GraphInput, Model, Node, NodeNote } from "../graph/graph.js";
import type { DType, Tensor } from "../graph/tensor.js";
import { opNamed } from "../ops/registry.js";
import { splitMerged } from "../passes/merged.js";
import { IsogradError, refuseBytes } from "../util/errors.js";
import { dtypeFromOnnx, onnxTypeName } from "./dtype.js";
import { constantValue } from "./constant-value.js";
import { noteOf, readBuffers, scopePath } from "./exporter-notes.js";
import { inlineFunctions } from "./functions.js";
import { RANK_LIMIT, readTensor } from "./tensor-proto.js";
import { decodedBytes } from "./decoded-size.js";
import type { ExternalData } from "./tensor-proto.js";

/** The oldest and newest opset of ai.onnx that isograd reads. */
const OPSETS = { oldest: 7, newest: 28 } as const;

const NESTING_LIMIT = 64;
/** The most bytes that a decoded file may take without the raw bytes of its weights: enough for some million nodes. */
const DECODED_LIMIT = 2 ** 30;

/** Options for reading a model. */
export interface ReadOptions {
  /** Name of the model in messages: the file's name. */
  readonly name?: string;
  /** Reads bytes of external data files; without it, external tensors are an error. */
  readonly external?: ExternalData;
  /** The most bytes that the file's tensors may take together (default: no limit). */
  readonly maxBytes?: number;
}

/**
 * Reads the network in the bytes of an ONNX file of opset 7 to 28. Nodes of older opsets are upgraded to the schema version that
 * their op file implements, model-local functions are inlined, and Constant nodes become initializers. A node whose module stands in its
 * metadata only has it before its name: `/layer1.0/conv1/node_conv2d`. Tensors that the exporter stored as one because they were equal are several again.
 * Errors: `onnx/not-onnx`, `onnx/invalid`, `onnx/version`, `onnx/external-data`, `op/unsupported`, `memory/limit`.
 */
export function readOnnx(source: Uint8Array | ArrayBuffer, options: ReadOptions = {}): Model {
  const bytes = source instanceof ArrayBuffer ? new Uint8Array(source) : source;
  const name = options.name ?? "model";
  try {
    const proto = decodeModel(bytes);
    return modelFrom(inlineFunctions(proto), name, tensorReader(options));
  } catch (error) {
    if (error instanceof RangeError)
      throw new IsogradError("onnx/invalid", "the file nests or repeats beyond any real network", { at: [name], cause: error });
    throw error instanceof IsogradError ? error.within(name) : error;
  }
}

/** Decodes the protobuf message. Errors: `onnx/not-onnx`, `memory/limit`. */
function decodeModel(bytes: Uint8Array): ModelProto {
  const notOnnx = (received: string, cause?: unknown): never => {
    throw new IsogradError("onnx/not-onnx", "this is not a complete ONNX file", {
      received,
      fix: "export the network again, and copy the file in binary mode",
      cause,
    });
  };
  if (bytes.length === 0) notOnnx("an empty file");
  if (decodedBytes(ModelProtoSchema, bytes, DECODED_LIMIT) > DECODED_LIMIT)
    throw new IsogradError("memory/limit", "the file holds more nodes, names and lists than any network has", {
      fix: "keep weights as raw data, as exporters do",
    });
  let proto: ModelProto;
  try {
    proto = fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    return notOnnx("bytes that end early or are not a protobuf message", cause);
  }
  if (!proto.graph || proto.irVersion === undefined || proto.opsetImport.length === 0)
    return notOnnx("a message without a graph, an IR version or an opset");
  return proto;
}

/** Converts a decoded message to a model. Errors: `onnx/version`, and those of its graph. */
function modelFrom(proto: ModelProto, name: string, tensors: TensorReader): Model {
  const versions = new Map(proto.opsetImport.map((o) => [o.domain === "ai.onnx" ? "" : (o.domain ?? ""), Number(o.version)]));
  const opset = versions.get("");
  if (opset !== undefined && !(opset >= OPSETS.oldest && opset <= OPSETS.newest)) {
    throw new IsogradError("onnx/version", `opset ${opset} is not supported`, {
      expected: `${OPSETS.oldest} to ${OPSETS.newest}`,
      fix: "export with a supported opset_version, or convert the file with onnx.version_converter",
    });
  }
  const reader = new GraphReader(opset ?? OPSETS.newest, tensors);
  const graph = reader.graph(proto.graph!, 0);
  const producer = [proto.producerName, proto.producerVersion].filter((s) => s).join(" ");
  const buffers = readBuffers(proto, proto.graph!);
  const outputTypes = new Map(proto.graph!.output.flatMap((o) => (o.type ? [[o.name ?? "", outputType(o.type)]] : [])));
  return splitMerged({ graph, name, opset: opset ?? OPSETS.newest, producer, outputTypes, ...(buffers.size > 0 ? { buffers } : {}) });
}

/** Converts the graphs of one file: the top-level one and, recursively, the subgraphs in attributes. Node names become unique in the file. */
class GraphReader {
  readonly #nodeNames = new Set<string>();
  /** Equal notes are one object: a module of a thousand nodes has few lines. */
  readonly #notes = new Map<string, NodeNote>();
  #suffix = 0;

  constructor(
    private readonly opset: number,
    private readonly tensors: TensorReader,
  ) {}

  graph(g: GraphProto, depth: number): Graph {
    if (depth > NESTING_LIMIT) throw new IsogradError("onnx/invalid", `subgraphs nest deeper than ${NESTING_LIMIT}`);
    if (g.sparseInitializer.length > 0)
      throw new IsogradError("op/unsupported", "sparse initializers are not supported", { fix: "export the weights as dense tensors" });
    const initializers = new Map<string, Tensor>();
    const constants = new Set<string>();
    for (const t of g.initializer) {
      const key = t.name ?? "";
      if (key === "" || initializers.has(key))
        throw new IsogradError("graph/invalid", key === "" ? "an initializer has no name" : `the initializer "${key}" is defined twice`);
      initializers.set(key, this.tensors(t, [key]));
    }
    // A subgraph need not declare the types of its inputs: the node that owns it binds them to typed values, or to sequences.
    const inputs = g.input
      .filter((i) => !initializers.has(i.name ?? ""))
      .map((i) =>
        depth > 0 && (!i.type || i.type.value.case === "sequenceType")
          ? { name: i.name ?? "", dtype: "float32" as const }
          : readInput(i.name ?? "", i.type),
      );
    const taken = new Set(initializers.keys());
    for (const { name } of inputs) {
      if (name === "" || taken.has(name))
        throw new IsogradError("graph/invalid", name === "" ? "an input has no name" : `the input "${name}" is declared twice`);
      taken.add(name);
    }
    for (const n of g.node) for (const o of n.output) taken.add(o);
    const inputNames = new Set(inputs.map((i) => i.name));
    const nodes: Node[] = [];
    for (const proto of g.node) {
      const node = this.node(proto, depth);
      const value = constantValue(node);
      if (value) {
        const out = node.outputs[0] ?? "";
        if (out === "") continue;
        if (initializers.has(out) || inputNames.has(out))
          throw new IsogradError("graph/invalid", `the value "${out}" is defined twice`, { at: [node.name] });
        initializers.set(out, value);
        constants.add(out);
      } else nodes.push(this.upgraded(node, initializers, constants, taken));
    }
    return { name: g.name ?? "", inputs, outputs: g.output.map((o) => o.name ?? ""), initializers, constants, nodes, types: new Map() };
  }

  node(p: NodeProto, depth: number): Node {
    const op = p.opType ?? "";
    const domain = p.domain === "ai.onnx" ? "" : (p.domain ?? "");
    let name = p.name ?? "";
    const scope = p.metadataProps.length > 0 && !name.includes("/") ? scopePath(p.metadataProps) : undefined;
    if (scope !== undefined) name = `${scope}/${name || op}`;
    if (name === "" || this.#nodeNames.has(name)) {
      const base = name === "" ? (p.output.find((o) => o !== "") ?? op) : name;
      name = base;
      while (name === "" || this.#nodeNames.has(name)) name = `${base}_${++this.#suffix}`;
    }
    this.#nodeNames.add(name);
    const attrs: Record<string, Attr> = Object.create(null) as Record<string, Attr>;
    for (const a of p.attribute) {
      const key = a.name ?? "";
      const value = this.attr(a, op, domain, name, depth);
      if (value !== undefined) attrs[key] = value;
    }
    const note = noteOf(p.metadataProps);
    return { op, domain, name, inputs: p.input, outputs: p.output, attrs: { ...attrs }, ...(note ? { note: this.shared(note) } : {}) };
  }

  shared(note: NodeNote): NodeNote {
    const key = JSON.stringify(note);
    const known = this.#notes.get(key);
    if (!known) this.#notes.set(key, note);
    return known ?? note;
  }

  attr(a: AttributeProto, op: string, domain: string, node: string, depth: number): Attr | undefined {
    const at = [node, a.name ?? ""];
    const utf8 = new TextDecoder();
    if (a.refAttrName) throw new IsogradError("onnx/invalid", `attribute "${a.name}" refers to a function's attribute outside a function`, { at });
    switch (a.type ?? A.UNDEFINED) {
      case A.INT: {
        const value = Number(a.i ?? 0n);
        // Attributes that hold an element type number are kept as a dtype.
        const spec = opNamed(op, domain)?.attrs[a.name ?? ""];
        if (spec?.kind !== "dtype") return value;
        const dtype = dtypeFromOnnx(value);
        if (!dtype) throw new IsogradError("op/unsupported", `element type ${onnxTypeName(value)} is not supported`, { at });
        return dtype;
      }
      case A.FLOAT:
        return a.f ?? 0;
      case A.STRING:
        return utf8.decode(a.s);
      case A.INTS:
        return a.ints.map(Number);
      case A.FLOATS:
        return a.floats;
      case A.STRINGS:
        return a.strings.map((s) => utf8.decode(s));
      case A.TENSOR:
        return a.t ? this.tensors(a.t, at) : undefined;
      case A.GRAPH:
        return a.g ? this.graph(a.g, depth + 1) : undefined;
      default:
        throw new IsogradError("op/unsupported", `attribute "${a.name}" of kind ${A[a.type ?? 0] ?? "unknown"} is not supported`, { at });
    }
  }

  /** Returns the node in the schema version that its op file implements; constants that the upgrade needs become initializers. */
  upgraded(node: Node, initializers: Map<string, Tensor>, constants: Set<string>, taken: Set<string>): Node {
    const op = opNamed(node.op, node.domain);
    if (!op?.upgrade || node.domain !== "" || this.opset >= op.since[op.since.length - 1]!) return node;
    const upgrade = op.upgrade;
    return tolerantly(node, this.opset, () =>
      upgrade({
        node,
        opset: this.opset,
        constant: (value) => {
          let name: string;
          do name = `${node.name}/constant_${++this.#suffix}`;
          while (taken.has(name));
          taken.add(name);
          initializers.set(name, value);
          constants.add(name);
          return name;
        },
        fail: (what, parts = {}) => {
          throw new IsogradError("op/input", `${node.op}: ${what}`, { at: [node.name], ...parts });
        },
      }),
    );
  }
}

/** Runs an upgrade. It sees the unchecked attributes of the file, so an exception of any other kind means that they are malformed. */
function tolerantly(node: Node, opset: number, upgrade: () => Node): Node {
  try {
    return upgrade();
  } catch (cause) {
    if (cause instanceof IsogradError && cause.at.includes(node.name)) throw cause;
    throw new IsogradError("op/attribute", `${node.op}: its attributes are not those of opset ${opset}`, {
      at: [node.name],
      fix: "the file is damaged: export it again",
      cause,
    });
  }
}

type TensorReader = (t: TensorProto, where: readonly string[]) => Tensor;

/** Returns a reader that refuses tensors of more than `maxBytes` together. Many tensors can point at the same bytes of an external file. */
function tensorReader({ external, maxBytes = Infinity }: ReadOptions): TensorReader {
  let total = 0;
  return (t, where) =>
    readTensor(t, where, external, (bytes) => {
      total += bytes;
      if (total > maxBytes) refuseBytes("the file's tensors take", total, maxBytes);
    });
}

/** Returns the element type that is declared for an output; null for what is no tensor, or has elements that isograd lacks. */
const outputType = ({ value }: TypeProto): DType | null => (value.case === "tensorType" ? (dtypeFromOnnx(value.value.elemType ?? 0) ?? null) : null);

/** Reads the declaration of a graph input. Errors: `op/unsupported`, `onnx/invalid`. */
function readInput(name: string, type: TypeProto | undefined): GraphInput {
  const value = type?.value;
  if (value?.case !== "tensorType") {
    throw new IsogradError("op/unsupported", `the input "${name}" is ${value?.case === "sequenceType" ? "a sequence" : "not a tensor"}`, {
      received: value?.case ?? "no type",
      fix: "export the network with tensor inputs",
    });
  }
  const dtype = dtypeFromOnnx(value.value.elemType ?? 0);
  if (!dtype)
    throw new IsogradError(
      "op/unsupported",
      `the input "${name}" has element type ${onnxTypeName(value.value.elemType ?? 0)}, which is not supported`,
    );
  const shape = value.value.shape?.dim.map((d): Dim => {
    if (d.value.case === "dimParam") return d.value.value;
    if (d.value.case !== "dimValue") return "";
    const size = Number(d.value.value);
    if (size > Number.MAX_SAFE_INTEGER) throw new IsogradError("onnx/invalid", `the input "${name}" has a dim of ${size}`);
    return size >= 0 ? size : "";
  });
  if (shape && shape.length > RANK_LIMIT)
    throw new IsogradError("onnx/invalid", `the input "${name}" has ${shape.length} dims`, { expected: `at most ${RANK_LIMIT}` });
  return shape ? { name, dtype, shape } : { name, dtype };
}
