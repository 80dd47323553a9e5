import type { Graph, Node } from "../graph/graph.js";
import { sameShape } from "../graph/tensor.js";
import { traitsOf } from "../ops/registry.js";

/** A sum, mean or concatenation of activations in the network's file, even where it was decomposed into several nodes. */
export interface Join {
  /** The file's node. */
  readonly node: string;
  readonly op: "sum" | "mean" | "concat";
  /** The joined values in order. */
  readonly parts: readonly JoinPart[];
  readonly output: string;
  /** Axis of a concatenation; null for sums and means. */
  readonly axis: number | null;
}

/** A joined value, and the node that takes it, as the input of index `input`. */
export interface JoinPart {
  readonly value: string;
  readonly user: string;
  readonly input: number;
}

/** How a node of the file joins what it takes; undefined where it does something else. */
function joinedBy(node: Node): Join["op"] | undefined {
  const { arithmetic, concatenates } = traitsOf(node.origin ? { op: node.origin.op } : node);
  if (concatenates) return "concat";
  return arithmetic === "sum" || arithmetic === "mean" ? arithmetic : undefined;
}

/** Finds all joins of at least two activations, in the order of the graph. Sums that broadcast are left out, and sums inside other decomposed ops (norms, cells). */
export function joinsOf(graph: Graph, active: ReadonlySet<string>): readonly Join[] {
  const groups = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    if (joinedBy(node) === undefined || node.domain !== "") continue;
    const name = node.origin?.node ?? node.name;
    const list = groups.get(name);
    if (list) list.push(node);
    else groups.set(name, [node]);
  }
  return [...groups].flatMap(([name, nodes]) => joinOf(graph, active, name, nodes) ?? []);
}

function joinOf(graph: Graph, active: ReadonlySet<string>, node: string, nodes: readonly Node[]): Join | undefined {
  const made = new Set(nodes.flatMap((n) => n.outputs));
  const parts = nodes.flatMap((n) =>
    n.inputs.flatMap((value, input) => (active.has(value) && !made.has(value) ? [{ value, user: n.name, input }] : [])),
  );
  const last = nodes[nodes.length - 1]!;
  const output = last.outputs[0]!;
  const op = joinedBy(last)!;
  if (parts.length < 2) return undefined;
  const shape = graph.types.get(output)!.shape;
  const axis = op === "concat" ? (last.attrs["axis"] as number) : null;
  if (axis === null && !parts.every((p) => sameShape(graph.types.get(p.value)!.shape, shape))) return undefined;
  return { node, op, parts, output, axis: axis !== null && axis < 0 ? axis + shape.length : axis };
}
