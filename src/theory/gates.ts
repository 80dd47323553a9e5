import type { Graph, Node } from "../graph/graph.js";
import { traitsOf } from "../ops/registry.js";
import type { ViewNode } from "../structure/node-kind.js";

/** A gated sum y = T·h + (1 − T)·x of a graph, by the names of its values: T (`gate`), h (`through`) and x (`carried`). */
export interface Gate {
  readonly gate: string;
  readonly through: string;
  readonly carried: string;
}

/** Lists the values that a node of the view takes: of a gated sum those of its gate. */
export const operandsOf = (n: ViewNode, gate: Gate | undefined): readonly string[] => (gate ? [gate.gate, gate.through, gate.carried] : n.inputs);

/**
 * Finds the gated sums T·h + (1 − T)·x of a view. Each is to be treated as one node, because its two products are not independent: they share T. Returns the
 * nodes in order without the products and 1 − T, and the gates by the node of their sum.
 */
export function gatesOf(
  view: readonly ViewNode[],
  makers: ReadonlyMap<string, Node>,
  graph: Graph,
): { readonly nodes: readonly ViewNode[]; readonly gates: ReadonlyMap<ViewNode, Gate> } {
  const producer = new Map(view.flatMap((n) => n.outputs.map((o) => [o, n] as const)));
  const users = new Map<string, number>();
  for (const n of view) for (const v of n.inputs) users.set(v, (users.get(v) ?? 0) + 1);
  const once = (v: string): boolean => users.get(v) === 1 && !graph.outputs.includes(v);
  const ofOne = (v: string): string | undefined => {
    const node = makers.get(v);
    const one = node && traitsOf(node).arithmetic === "difference" ? graph.initializers.get(node.inputs[0]!) : undefined;
    return one && Array.from(one.data).every((x) => x === 1) ? node!.inputs[1] : undefined;
  };
  const gates = new Map<ViewNode, Gate>();
  const dropped = new Set<ViewNode>();
  for (const n of view) {
    if (n.kind !== "add" || traitsOf(n).arithmetic !== "sum" || n.inputs.length !== 2) continue;
    const products = n.inputs.map((v) => (once(v) ? producer.get(v) : undefined));
    if (!products.every((p) => p?.kind === "mul" && traitsOf(p).arithmetic === "product" && p.inputs.length === 2)) continue;
    for (const [first, second] of [products, [...products].reverse()] as [ViewNode, ViewNode][]) {
      const rest = second.inputs.find((v) => once(v) && ofOne(v) !== undefined && first.inputs.includes(ofOne(v)!));
      if (rest === undefined) continue;
      const gate = ofOne(rest)!;
      const [through, carried] = [first.inputs.find((v) => v !== gate), second.inputs.find((v) => v !== rest)];
      if (through === undefined || carried === undefined) continue;
      gates.set(n, { gate, through, carried });
      for (const d of [first, second, producer.get(rest)!]) dropped.add(d);
      break;
    }
  }
  return { nodes: view.filter((n) => !dropped.has(n)), gates };
}
