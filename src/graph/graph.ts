import { isFloat } from "./tensor.js";
import type { DType, Tensor, ValueType } from "./tensor.js";

/** A dim as a file declares it: a size in elements, or the name of a symbolic dim (`""` where the file gives no name). */
export type Dim = number | string;

/** The value of a node's attribute. The op's record says whether a number is an int or a float. */
export type Attr = number | string | readonly number[] | readonly string[] | Tensor | Graph;

/** Says which node of the file (or of the loss) a decomposed, backward, tangent or probe node belongs to. */
export interface Origin {
  /** Name of the forward node. */
  readonly node: string;
  /** Op of that forward node in the file, e.g. `LSTM` for a Gemm of its decomposition. */
  readonly op: string;
  /**
   * `forward`: the node computes the network; `loss`: the appended loss; `backward`: a cotangent; `tangent`: a tangent of
   * forward-mode differentiation; `probe`: a statistic of a forward value.
   */
  readonly role: "forward" | "loss" | "backward" | "tangent" | "probe";
  /** For backward and tangent nodes: the forward value whose cotangent or tangent this node helps to compute. */
  readonly value?: string;
}

/** What the exporter noted of a node of the file besides its op: where it comes from in the program. */
export interface NodeNote {
  /** The line of the user's program: `model.py:42`. */
  readonly source?: string;
  /** Class of the module that it lies in: `torch.nn.modules.batchnorm.BatchNorm2d`. */
  readonly module?: string;
  /** Names of the rules by which the exporter rewrote nodes to make this one. */
  readonly rewrites?: string;
}

/** One operation of a graph. An input `""` is an omitted optional one; an output `""` is one that nothing uses. */
export interface Node {
  readonly op: string;
  /** Operator set of the op; `""` stands for ai.onnx. */
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attrs: Readonly<Record<string, Attr>>;
  readonly origin?: Origin;
  readonly note?: NodeNote;
}

/** A graph input as the file declares it; `shape` is absent where the file does not even give the rank. */
export interface GraphInput {
  readonly name: string;
  readonly dtype: DType;
  readonly shape?: readonly Dim[];
}

/**
 * Describes a network as pure data. Nodes are in topological order: every value is defined before it is used.
 * A graph is *bound* when `types` holds the concrete type of every value. Reading a file gives an unbound graph, whose nodes may
 * still be out of order; `bind` makes the bound one.
 */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly GraphInput[];
  readonly outputs: readonly string[];
  /** Tensors stored with the graph, by value name: weights and constants. */
  readonly initializers: ReadonlyMap<string, Tensor>;
  /** Names of the initializers that are constants: Constant nodes of the file, or constants that isograd added. */
  readonly constants: ReadonlySet<string>;
  readonly nodes: readonly Node[];
  /** The concrete type of every value of a bound graph; empty for an unbound one. */
  readonly types: ReadonlyMap<string, ValueType>;
}

/** A tensor that a file stores as one with another, equal one. */
export interface Merged {
  readonly name: string;
  /** The name under which the file stores both. */
  readonly of: string;
  /** How it was told apart: an Identity node has its name, or the place where it is used. */
  readonly by: "name" | "place";
}

/** A network as read from a file: its graph, and what the file says about itself. */
export interface Model {
  readonly graph: Graph;
  /** The name that messages show: the file's name. */
  readonly name: string;
  readonly opset: number;
  readonly producer: string;
  /** Names of tensors that the exported program does not train, as far as the exporter noted them: buffers, and constants of its code. Some may have been folded away. */
  readonly buffers?: ReadonlySet<string>;
  /** Tensors that the file stores as one with another, equal one, and that have places of their own here. */
  readonly merged?: readonly Merged[];
  /** Types of elements that the file declares for outputs; null for what is no tensor. */
  readonly outputTypes?: ReadonlyMap<string, DType | null>;
}

/** Returns the node that produces each value, by value name. */
export function producers(graph: Graph): Map<string, Node> {
  const map = new Map<string, Node>();
  for (const node of graph.nodes) for (const out of node.outputs) if (out !== "") map.set(out, node);
  return map;
}

/**
 * Returns the value that is meant where no output is named: the first output that is not declared as integers, strings or no tensor at all, as labels are that
 * some exporters put before the scores; else the value that an output is made of which is no tensor, as a list of maps is made of scores; else the first output.
 */
export function mainOutput({ graph, outputTypes }: Model): string {
  const type = (name: string): DType | null | undefined => outputTypes?.get(name);
  const floats = graph.outputs.find((o) => type(o) === undefined || isFloat(type(o) ?? "string"));
  if (floats !== undefined) return floats;
  const makers = graph.outputs.flatMap((o) => (type(o) === null ? graph.nodes.filter((n) => n.outputs.includes(o) && n.inputs.length === 1) : []));
  return makers[0]?.inputs[0] ?? graph.outputs[0] ?? "";
}

/** Returns the nodes that take each value, by value name, each node once. */
export function readers(graph: Pick<Graph, "nodes">): Map<string, Node[]> {
  const map = new Map<string, Node[]>();
  for (const node of graph.nodes)
    for (const v of new Set(node.inputs)) {
      const list = map.get(v);
      if (list) list.push(node);
      else map.set(v, [node]);
    }
  return map;
}

/** Tells whether an attribute is a tensor. */
export const isTensor = (a: Attr | undefined): a is Tensor => typeof a === "object" && a !== null && "data" in a;

/** Tells whether an attribute is a subgraph. */
export const isGraph = (a: Attr | undefined): a is Graph => typeof a === "object" && a !== null && "nodes" in a;
