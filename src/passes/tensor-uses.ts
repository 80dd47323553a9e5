import { isGraph } from "../graph/graph.js";
import type { Graph, Node } from "../graph/graph.js";
import type { NumericArray, Tensor } from "../graph/tensor.js";
import { sameShape } from "../graph/tensor.js";
import { opNamed, portAt, traitsOf } from "../ops/registry.js";

/** One place where a node takes a value. */
export interface Use {
  readonly node: Node;
  readonly port: number;
  /** Whether the node lies in a subgraph, or a subgraph of it takes the value. */
  readonly nested: boolean;
}

/** Returns every place that takes a value, by value. What the subgraphs of a node take counts for the node. */
export function usesIn(graph: Graph): ReadonlyMap<string, readonly Use[]> {
  const uses = new Map<string, Use[]>();
  const add = (value: string, use: Use): void => {
    const own = uses.get(value);
    if (own) own.push(use);
    else uses.set(value, [use]);
  };
  const visit = (nodes: readonly Node[], nested: boolean): void => {
    for (const node of nodes) {
      node.inputs.forEach((v, port) => {
        if (v !== "") add(v, { node, port, nested });
      });
      for (const a of Object.values(node.attrs)) {
        if (!isGraph(a)) continue;
        visit(a.nodes, true);
        for (const v of a.outputs) add(v, { node, port: -1, nested: true });
      }
    }
  };
  visit(graph.nodes, false);
  return uses;
}

/** Returns the module that a node lies in, as the beginning of its parameters' names: `layer1.0.conv1` of `/layer1/layer1.0/conv1/Conv`; "" where its name tells none. */
export function moduleOf({ name }: Node): string {
  if (!name.startsWith("/")) return "";
  const parts = name.split("/").filter((p) => p !== "");
  return parts
    .slice(0, -1)
    .filter((p, i) => !parts[i + 1]!.startsWith(`${p}.`))
    .join(".");
}

/** What PyTorch calls the tensors of a norm, by the port that takes them. */
const OF_NORM: Readonly<Record<string, string>> = {
  scale: "weight",
  Scale: "weight",
  B: "bias",
  Bias: "bias",
  bias: "bias",
  input_mean: "running_mean",
  input_var: "running_var",
};

/** Returns what PyTorch calls the tensor that a port takes: `weight`; undefined where the op does not tell. */
function leafOf({ node, port }: Use): string | undefined {
  const op = opNamed(node.op, node.domain);
  const { norm, product, convolves } = traitsOf(node);
  if (op === undefined) return undefined;
  if (norm !== undefined) return OF_NORM[portAt(op.inputs, port)?.name ?? ""];
  if (product === undefined) return undefined;
  // A weight that is not taken transposed is not stored as PyTorch has it.
  if (port === product.weights) return convolves !== undefined || node.attrs["transB"] === 1 ? "weight" : undefined;
  return port === product.weights + 1 ? "bias" : undefined;
}

/** Returns the last part of a dotted name. */
const lastPart = (name: string): string => name.slice(name.lastIndexOf(".") + 1);

/**
 * Returns the name that PyTorch has for the tensor `name` where it is used, by the module of the node and the port: undefined where these do not tell. What the
 * port does not tell, the last part of the tensor's own name does where its own module uses it so, or (`freely`) anywhere.
 */
export function nameAt(use: Use, name: string, uses: readonly Use[], freely = false): string | undefined {
  const module = use.nested ? "" : moduleOf(use.node);
  if (module === "") return undefined;
  const leaf = leafOf(use);
  if (leaf !== undefined) return `${module}.${leaf}`;
  const own = lastPart(name);
  if (name === own) return undefined;
  const alike = (u: Use): boolean => u.node.op === use.node.op && u.port === use.port && !u.nested && `${moduleOf(u.node)}.${own}` === name;
  return freely || uses.some(alike) ? `${module}.${own}` : undefined;
}

/** A name without the numbers that PyTorch puts behind a module's name where it runs once more: `layers.0_1.weight` is `layers.0.weight`. */
export const onceOnly = (name: string): string => name.replaceAll(/_\d+(?=\.)/g, "");

/** Puts other values in the place of some that nodes take; uses in subgraphs stay. */
export function rewired(graph: Graph, changes: ReadonlyMap<Node, ReadonlyMap<number, string>>): Graph {
  if (changes.size === 0) return graph;
  const nodes = graph.nodes.map((n) => {
    const own = changes.get(n);
    return own === undefined ? n : { ...n, inputs: n.inputs.map((v, i) => own.get(i) ?? v) };
  });
  return { ...graph, nodes };
}

/** Tells whether all elements are one number, as initialisers make norms and biases. */
export function isUniform({ data }: Tensor): boolean {
  const first = data[0];
  return first !== undefined && (data as NumericArray).every((v: number) => Object.is(v, first));
}

/** Tells whether two tensors hold the same elements. */
export const sameValues = (a: Tensor, b: Tensor): boolean =>
  a === b || (sameShape(a.shape, b.shape) && (a.data as NumericArray).every((v: number, i: number) => Object.is(v, b.data[i])));
