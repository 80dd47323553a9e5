import { isGraph } from "../graph/graph.js";
import type { Graph, Node } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { sameShape } from "../graph/tensor.js";
import { opNamed, portAt, traitsOf } from "../ops/registry.js";

/** One place where a node takes a value. */
export interface Use {
  readonly node: Node;
  readonly port: number;
  /** Whether the node lies in a subgraph, or a subgraph of it takes the value. */
  readonly nested: boolean;
  /** The module that the node lies in, as the beginning of its parameters' names: `layer1.0.conv1`; "" where its name tells none, or it is nested. */
  readonly module: string;
  /** The same without the number that PyTorch puts behind the name of a module that runs once more: `layers.0` of `layers.0_1`. */
  readonly first: string;
}

/** Returns every place that takes a value, by value. What the subgraphs of a node take counts for the node. */
export function usesIn(graph: Graph): ReadonlyMap<string, readonly Use[]> {
  const uses = new Map<string, Use[]>();
  const modules = new Set(graph.nodes.map(moduleOf));
  const add = (value: string, node: Node, port: number, nested: boolean): void => {
    const module = nested ? "" : moduleOf(node);
    const use = { node, port, nested, module, first: firstRun(module, modules) };
    const own = uses.get(value);
    if (own) own.push(use);
    else uses.set(value, [use]);
  };
  const visit = (nodes: readonly Node[], nested: boolean): void => {
    for (const node of nodes) {
      node.inputs.forEach((v, port) => {
        if (v !== "") add(v, node, port, nested);
      });
      for (const a of Object.values(node.attrs)) {
        if (!isGraph(a)) continue;
        visit(a.nodes, true);
        for (const v of a.outputs) add(v, node, -1, true);
      }
    }
  };
  visit(graph.nodes, false);
  return uses;
}

/** Returns the module that a node lies in: `layer1.0.conv1` of `/layer1/layer1.0/conv1/Conv`; "" where its name tells none. */
export function moduleOf({ name }: Node): string {
  if (!name.startsWith("/")) return "";
  const parts = name.split("/").filter((p) => p !== "");
  return parts
    .slice(0, -1)
    .filter((p, i) => !parts[i + 1]!.startsWith(`${p}.`))
    .join(".");
}

/** Returns the module that runs once more under a name with a number behind it: one that is there without the number. */
function firstRun(module: string, modules: ReadonlySet<string>): string {
  for (const { index, 0: number } of module.matchAll(/_\d+(?=\.|$)/g)) {
    const without = module.slice(0, index) + module.slice(index + number.length);
    if (modules.has(without)) return firstRun(without, modules);
  }
  return module;
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
function leafOf({ node, port }: Use, freely: boolean): string | undefined {
  const op = opNamed(node.op, node.domain);
  const { norm, product, convolves } = traitsOf(node);
  if (op === undefined) return undefined;
  if (norm !== undefined) return OF_NORM[portAt(op.inputs, port)?.name ?? ""];
  // A linear layer may be run by the module around it, as attention does.
  if (product === undefined || (convolves === undefined && !freely)) return undefined;
  // A weight that is not taken transposed is not stored as PyTorch has it.
  if (port === product.weights) return convolves !== undefined || node.attrs["transB"] === 1 ? "weight" : undefined;
  return port === product.weights + 1 ? "bias" : undefined;
}

/** Returns the name of a bias beside a weight of the same module, or of one in it: `fc.bias` beside `fc.weight`. */
function besideWeight({ node, port }: Use, module: string): string | undefined {
  const { product } = traitsOf(node);
  if (product === undefined || port !== product.weights + 1) return undefined;
  const weight = node.inputs[product.weights] ?? "";
  return weight.startsWith(`${module}.`) && weight.endsWith(".weight") ? weight.replace(/weight$/, "bias") : undefined;
}

/** Returns the last part of a dotted name. */
export const lastPart = (name: string): string => name.slice(name.lastIndexOf(".") + 1);

/** Returns what a tensor's own name has behind the module of a use like this one, with the dot: where its own module takes it so. */
const behindModule = (use: Use, name: string, uses: readonly Use[]): string | undefined =>
  uses
    .filter((u) => u.node.op === use.node.op && u.port === use.port && u.first !== "" && name.startsWith(`${u.first}.`))
    .map((u) => name.slice(u.first.length))
    .sort((a, b) => a.length - b.length)[0];

/** Returns the name of what a port takes, where the op or the weight beside it tells; undefined elsewhere. */
export function nameByPort(use: Use, module: string = use.first): string | undefined {
  if (module === "") return undefined;
  const leaf = leafOf(use, false);
  return besideWeight(use, module) ?? (leaf === undefined ? undefined : `${module}.${leaf}`);
}

/**
 * Returns the name that PyTorch has for the tensor `name` where it is used, by the module of the node and the port: undefined where these do not tell. A bias is named
 * like the weight beside it; what the port does not tell, the tensor's own name does where its own module uses it so, or (`freely`) its last part anywhere.
 */
export function nameAt(use: Use, name: string, uses: readonly Use[], freely = false, module: string = use.first): string | undefined {
  if (module === "") return undefined;
  const told = nameByPort(use, module);
  if (told !== undefined) return told;
  if (name.startsWith(`${module}.`)) return name;
  const behind = behindModule(use, name, uses);
  if (behind !== undefined) return module + behind;
  const leaf = freely ? (leafOf(use, true) ?? (name.includes(".") ? lastPart(name) : undefined)) : undefined;
  return leaf === undefined ? undefined : `${module}.${leaf}`;
}

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
  return first !== undefined && data.every((v: number) => Object.is(v, first));
}

/** Tells whether two tensors hold the same elements. */
export const sameValues = (a: Tensor, b: Tensor): boolean =>
  a === b || (sameShape(a.shape, b.shape) && a.data.every((v: number, i: number) => Object.is(v, b.data[i])));
