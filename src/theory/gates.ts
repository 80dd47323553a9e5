import type { Graph, Node } from "../graph/graph.js";
import type { ViewNode } from "../structure/node-kind.js";

/** y = T·h + (1 − T)·x, found in a graph. */
export interface Gate {
  readonly gate: string;
  readonly through: string;
  readonly carried: string;
}

/**
 * Finds the sums T·h + (1 − T)·x of a view and leaves them as one node each: taken apart, the two products would look independent although they share
 * T. Returns the nodes in order without the products and the 1 − T, and the gates by their sum.
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
    const one = node?.op === "Sub" ? graph.initializers.get(node.inputs[0]!) : undefined;
    return one && Array.from(one.data).every((x) => x === 1) ? node!.inputs[1] : undefined;
  };
  const gates = new Map<ViewNode, Gate>();
  const dropped = new Set<ViewNode>();
  for (const n of view) {
    if (n.kind !== "add" || n.op === "Sub" || n.inputs.length !== 2) continue;
    const products = n.inputs.map((v) => (once(v) ? producer.get(v) : undefined));
    if (!products.every((p) => p?.kind === "mul" && p.op === "Mul" && p.inputs.length === 2)) continue;
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
