import type { Graph, Node } from "../graph/graph.js";
import { isGraph } from "../graph/graph.js";
import { IsogradError } from "../util/errors.js";

/** Returns the names of outer values that the subgraphs of a node read (its captured values, as of a closure). */
function captured(node: Node): readonly string[] {
  const names: string[] = [];
  for (const attr of Object.values(node.attrs)) if (isGraph(attr)) names.push(...freeNames(attr));
  return names;
}

/** Returns the names that a subgraph uses but does not define. */
function freeNames(graph: Graph): string[] {
  const own = new Set<string>([...graph.inputs.map((i) => i.name), ...graph.initializers.keys()]);
  for (const n of graph.nodes) for (const o of n.outputs) own.add(o);
  const free = [...graph.nodes.flatMap((n) => [...n.inputs, ...captured(n)]), ...graph.outputs];
  return free.filter((v) => v !== "" && !own.has(v));
}

/**
 * Returns the nodes on which `outputs` depend, in topological order; the order of the file is kept where it is one. `outer`
 * tells which names are defined outside of a subgraph. Errors `graph/invalid`: a value defined twice or nowhere, a cycle.
 */
export function orderedNodes(graph: Graph, outputs: readonly string[], outer: (name: string) => boolean): readonly Node[] {
  const producer = new Map<string, Node>();
  const given = new Set<string>([...graph.inputs.map((i) => i.name), ...graph.initializers.keys()]);
  for (const node of graph.nodes) {
    for (const out of node.outputs) {
      if (out === "") continue;
      if (producer.has(out) || given.has(out)) throw new IsogradError("graph/invalid", `the value "${out}" is defined twice`, { at: [node.name] });
      producer.set(out, node);
    }
  }
  const order: Node[] = [];
  const state = new Map<Node, "open" | "done">();
  const stack: { readonly node: Node; readonly uses: readonly string[]; next: number }[] = [];
  const visit = (name: string, user: string): void => {
    if (name === "" || given.has(name)) return;
    const node = producer.get(name);
    if (!node) {
      if (outer(name)) return;
      throw new IsogradError("graph/invalid", `the value "${name}" is used but never defined`, {
        at: [user],
        fix: "the file is damaged: export it again",
      });
    }
    const s = state.get(node);
    if (s === "done") return;
    if (s === "open")
      throw new IsogradError("graph/invalid", "the graph has a cycle", { at: [node.name], fix: "the file is damaged: export it again" });
    state.set(node, "open");
    stack.push({ node, uses: [...node.inputs, ...captured(node)], next: 0 });
  };
  for (const out of outputs) {
    visit(out, "outputs");
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      if (top.next < top.uses.length) visit(top.uses[top.next++]!, top.node.name);
      else {
        state.set(top.node, "done");
        order.push(top.node);
        stack.pop();
      }
    }
  }
  // The order of the file is kept where it is valid: neighbouring nodes there belong together.
  const kept = new Set(order);
  const fileOrder = graph.nodes.filter((n) => kept.has(n));
  return isSorted(fileOrder, producer) ? fileOrder : order;
}

/** Tells whether nodes are in topological order. */
function isSorted(nodes: readonly Node[], producer: ReadonlyMap<string, Node>): boolean {
  const seen = new Set<Node>();
  for (const node of nodes) {
    for (const v of [...node.inputs, ...captured(node)]) {
      const p = producer.get(v);
      if (p && !seen.has(p)) return false;
    }
    seen.add(node);
  }
  return true;
}

/** Eliminates dead code: nodes and initializers on which no output depends. Graph inputs stay, because callers feed them. */
export function withoutDeadCode(graph: Graph): Graph {
  const needed = new Set(graph.outputs);
  const nodes: Node[] = [];
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i]!;
    if (!node.outputs.some((o) => needed.has(o))) continue;
    for (const v of node.inputs) if (v !== "") needed.add(v);
    nodes.push(node);
  }
  nodes.reverse();
  for (const i of graph.inputs) needed.add(i.name);
  for (const n of nodes) for (const o of n.outputs) if (o !== "") needed.add(o);
  const initializers = new Map([...graph.initializers].filter(([k]) => needed.has(k)));
  const constants = new Set([...graph.constants].filter((k) => needed.has(k)));
  const types = new Map([...graph.types].filter(([k]) => needed.has(k)));
  return { ...graph, nodes, initializers, constants, types };
}
