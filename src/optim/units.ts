import { readers } from "../graph/graph.js";
import type { Graph, Node } from "../graph/graph.js";
import { traitsOf } from "../ops/registry.js";

/** Where the weights of one unit lie in a parameter. */
export interface Units {
  /** The axes over which the weights of one unit run; empty where the whole tensor is one unit. */
  readonly axes: readonly number[];
  /** Whether the parameter belongs to the layer that makes the value. */
  readonly last: boolean;
}

/**
 * Returns, for each parameter, the axes of one unit's weights. A unit is one output of a product: its weights run over the inputs, which are the rows of a
 * matrix that is multiplied from the right, the columns of one that is transposed first, and all axes but the first of a kernel (but the second of a
 * transposed one). Rows that are looked up are units. Vectors are one unit. The last layer is that of the last product before `output`, with what is added to it.
 */
export function unitsOf(graph: Graph, parameters: readonly string[], output: string): ReadonlyMap<string, Units> {
  const users = readers(graph);
  const last = lastLayer(graph, new Set(parameters), output);
  return new Map(parameters.map((name) => [name, { axes: unitAxes(graph, users, name), last: last.has(name) }]));
}

function unitAxes(graph: Graph, users: ReadonlyMap<string, readonly Node[]>, name: string): readonly number[] {
  const { length: rank } = graph.types.get(name)!.shape;
  if (rank < 2) return [];
  const allBut = (unit: number): readonly number[] => Array.from({ length: rank }, (_, i) => i).filter((i) => i !== unit);
  const [node] = users.get(name) ?? [];
  if (node === undefined) return allBut(0);
  const { product, convolves, moves } = traitsOf(node);
  if (convolves === "transposed") return allBut(1);
  if (moves === "rearranges" && rank === 2) {
    const next = unitAxes(graph, users, node.outputs[0]!);
    const transposed = node.attrs["perm"] !== undefined;
    return transposed ? next.map((axis) => 1 - axis) : allBut(0);
  }
  if (product !== undefined && convolves === undefined) {
    const right = node.inputs[product.weights] === name;
    const transposed = node.attrs[right ? "transB" : "transA"] === 1;
    const inputs = right !== transposed ? rank - 2 : rank - 1;
    return rank === 2 ? [inputs] : allBut(2 * rank - 3 - inputs);
  }
  return allBut(0);
}

/** The parameters of the last product on the way to a value, and what is added or multiplied after it. */
function lastLayer(graph: Graph, parameters: ReadonlySet<string>, output: string): ReadonlySet<string> {
  const makers = new Map(graph.nodes.flatMap((n) => n.outputs.map((o) => [o, n] as const)));
  const found = new Set<string>();
  const stack = [output];
  const seen = new Set<string>();
  while (stack.length > 0) {
    const value = stack.pop()!;
    if (seen.has(value)) continue;
    seen.add(value);
    if (parameters.has(value)) found.add(value);
    const node = makers.get(value);
    if (node === undefined) continue;
    const weighted = traitsOf(node).product !== undefined && node.inputs.some((v) => parameters.has(rootOf(makers, v)));
    for (const v of node.inputs) {
      const root = rootOf(makers, v);
      if (weighted) {
        if (parameters.has(root)) found.add(root);
      } else stack.push(v);
    }
  }
  return found;
}

/** The value whose elements another one has, moved only. */
function rootOf(makers: ReadonlyMap<string, Node>, value: string): string {
  let at = value;
  for (let node = makers.get(at); node !== undefined && traitsOf(node).moves !== undefined; node = makers.get(at)) at = node.inputs[0]!;
  return at;
}
