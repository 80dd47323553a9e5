import type { DType, Tensor, ValueType } from "./tensor.js";

/** A dim as a file declares it: a size, or the name of a symbolic one (`""` when the file names none). */
export type Dim = number | string;

/** An attribute of a node. Whether a number is an int or a float is the op's to say. */
export type Attr = number | string | readonly number[] | readonly string[] | Tensor | Graph;

/** Where a node comes from: decomposed and backward nodes point at the node of the file (or of the loss) they belong to. */
export interface Origin {
  /** Name of the forward node. */
  readonly node: string;
  /** Op type of the node in the file, e.g. `LSTM` for the Gemm of its decomposition. */
  readonly op: string;
  /** `forward`: computes the network; `loss`: appended loss; `backward`: a cotangent; `tangent`: forward mode; `probe`: a statistic of a forward value. */
  readonly role: "forward" | "loss" | "backward" | "tangent" | "probe";
  /** For backward and tangent nodes: the forward value whose cotangent or tangent this node helps to compute. */
  readonly value?: string;
}

/** One operation. `""` among the inputs is an omitted optional one; `""` among the outputs an unwanted one. */
export interface Node {
  readonly op: string;
  /** `""` is ai.onnx. */
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attrs: Readonly<Record<string, Attr>>;
  readonly origin?: Origin;
}

/** A graph input as declared; `shape` is absent when the file does not even say the rank. */
export interface GraphInput {
  readonly name: string;
  readonly dtype: DType;
  readonly shape?: readonly Dim[];
}

/**
 * A network: pure data, nodes in an order in which every value is defined before it is used.
 * A graph is *bound* when `types` holds the concrete type of every value; reading a file gives an unbound one.
 */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly GraphInput[];
  readonly outputs: readonly string[];
  /** Weights and constants by value name. */
  readonly initializers: ReadonlyMap<string, Tensor>;
  /** Those initializers that are Constant nodes in the file (or were made by us) rather than weights. */
  readonly constants: ReadonlySet<string>;
  readonly nodes: readonly Node[];
  /** Concrete types: of every value when the graph is bound, of none before. */
  readonly types: ReadonlyMap<string, ValueType>;
}

/** What a file says about itself beside its graph. */
export interface Model {
  readonly graph: Graph;
  /** Name to show: the file's name. */
  readonly name: string;
  readonly opset: number;
  readonly producer: string;
}

/** The graph with a value's producing node looked up by name. */
export function producers(graph: Graph): Map<string, Node> {
  const map = new Map<string, Node>();
  for (const node of graph.nodes) for (const out of node.outputs) if (out !== "") map.set(out, node);
  return map;
}

/** Whether an attribute is a tensor. */
export const isTensor = (a: Attr | undefined): a is Tensor => typeof a === "object" && a !== null && "data" in a;

/** Whether an attribute is a subgraph. */
export const isGraph = (a: Attr | undefined): a is Graph => typeof a === "object" && a !== null && "nodes" in a;
