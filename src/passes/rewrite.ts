import type { GraphBuilder } from "../graph/builder.js";
import type { Graph, Node } from "../graph/graph.js";
import { newBuilder } from "../ops/registry.js";

/** Appends a replacement for a node, whose inputs already belong to the new graph, and returns its outputs; undefined keeps the node. */
export type Rewrite = (b: GraphBuilder, node: Node) => readonly string[] | undefined;

/** Replaces nodes of a bound graph by a rule. The outputs keep their names and must keep their values. Linear in the number of nodes. */
export function rewriteGraph(graph: Graph, rule: Rewrite): Graph {
  const b = newBuilder();
  for (const i of graph.inputs) b.input(i.name, graph.types.get(i.name)!);
  for (const [name, t] of graph.initializers) b.initializer(name, t, graph.constants.has(name));
  b.reserve(graph.nodes.flatMap((n) => n.outputs));
  const replacedBy = new Map<string, string>();
  const mapped = (v: string): string => replacedBy.get(v) ?? v;
  for (const old of graph.nodes) {
    const node: Node = { ...old, inputs: old.inputs.map(mapped) };
    b.origin = old.origin;
    const replaced = rule(b, node);
    if (replaced) old.outputs.forEach((o, i) => o !== "" && replacedBy.set(o, replaced[i]!));
    else b.append(node);
  }
  b.origin = undefined;
  for (const o of graph.outputs) {
    const value = mapped(o);
    b.outputs.push(value === o ? o : b.op("Identity", [value], {}, { outputs: [o] }));
  }
  return b.build(graph.name);
}
