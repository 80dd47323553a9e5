import type { Graph, Node } from "../graph/graph.js";
import { producers, readers } from "../graph/graph.js";
import { passesGradient, traitsOf } from "../ops/registry.js";

/** Parameters whose gradient is lost where a sum adds a value and takes it away again. */
export interface StraightThrough {
  readonly parameters: string[];
  /** The values that are added and taken away again, and the nodes that do so. */
  readonly undone: string[];
  readonly nodes: string[];
}

/** A sum that undoes a value: the node that ends it, and all nodes of it. */
interface Undoing {
  readonly node: Node;
  readonly tree: ReadonlySet<Node>;
}

/** How deep terms are looked for in a sum. */
const DEEP = 4;

/**
 * Finds those of some tensors of which every differentiable path to the target passes a sum that undoes what it takes, v + (w − v), so that their gradient is exactly zero; undefined where
 * there are none. So programs write a straight-through estimator, whose difference they detach (Bengio, Léonard & Courville 2013): of detaching nothing is left in a file.
 */
export function straightThroughs(graph: Graph, target: string, among: readonly string[]): StraightThrough | undefined {
  const users = readers(graph);
  const undone = undoings(graph, target, users);
  if (undone.size === 0) return undefined;
  const typeOf = (v: string) => graph.types.get(v);
  const found = { parameters: new Set<string>(), undone: new Set<string>(), nodes: new Set<string>() };
  for (const name of among) {
    const seen = new Set([name]);
    const met = new Set<string>();
    for (const v of seen) {
      const own = undone.get(v);
      if (own) met.add(v);
      for (const n of users.get(v) ?? []) {
        if (own?.tree.has(n) || !n.inputs.some((i, k) => i === v && passesGradient(n, k, typeOf))) continue;
        for (const o of n.outputs) if (o !== "") seen.add(o);
      }
    }
    if (met.size === 0 || seen.has(target)) continue;
    found.parameters.add(name);
    for (const v of met) {
      const { node } = undone.get(v)!;
      found.undone.add(v);
      found.nodes.add(node.origin?.node ?? node.name);
    }
  }
  if (found.parameters.size === 0) return undefined;
  return { parameters: [...found.parameters], undone: [...found.undone], nodes: [...found.nodes] };
}

/** Returns the values that sums undo, by name, each with its sum. Terms of a sum are looked for in what nothing else takes. */
function undoings(graph: Graph, target: string, users: ReadonlyMap<string, readonly Node[]>): ReadonlyMap<string, Undoing> {
  const makers = producers(graph);
  const found = new Map<string, Undoing>();
  for (const node of graph.nodes) {
    if (signsOf(node) === undefined || node.inputs.length < 2) continue;
    const terms = new Map<string, number[]>();
    const tree = new Set<Node>();
    const collect = (n: Node, sign: number, depth: number): void => {
      tree.add(n);
      n.inputs.forEach((v, i) => {
        const own = sign * signsOf(n)!(i);
        terms.set(v, [...(terms.get(v) ?? []), own]);
        const maker = makers.get(v);
        const isOwn = v !== target && !graph.outputs.includes(v) && users.get(v)!.length === 1;
        if (depth < DEEP && isOwn && maker !== undefined && signsOf(maker) !== undefined) collect(maker, own, depth + 1);
      });
    };
    collect(node, 1, 1);
    for (const [value, signs] of terms)
      if (!graph.initializers.has(value) && signs.length > 1 && signs.reduce((a, b) => a + b, 0) === 0 && !found.has(value))
        found.set(value, { node, tree });
  }
  return found;
}

/** Returns the sign with which a sum, a difference or a negative takes each of its inputs; undefined of other nodes. */
function signsOf(node: Node): ((input: number) => 1 | -1) | undefined {
  switch (traitsOf(node).arithmetic) {
    case "sum":
      return () => 1;
    case "difference":
      return (i) => (i === 0 ? 1 : -1);
    case "negative":
      return () => -1;
    default:
      return undefined;
  }
}
