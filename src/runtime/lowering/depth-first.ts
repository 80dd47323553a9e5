import type { Graph } from "../../graph/graph.js";

/**
 * Returns the graph with its nodes in the order in which onnxruntime runs them, whatever their order in the file: depth-first from the last node whose
 * outputs no other node reads, the inputs of each node from the last to the first (`Graph::PerformTopologicalSortAndCheckIsAcyclic`). What is alive at a
 * time, and so the memory of a run, follows from it.
 */
export function depthFirst(graph: Graph): Graph {
  const maker = new Map<string, number>();
  graph.nodes.forEach((n, i) => n.outputs.forEach((o) => maker.set(o, i)));
  const before = graph.nodes.map((n) => [...new Set(n.inputs.flatMap((v) => maker.get(v) ?? []))].sort((a, b) => a - b));
  const isRead = new Uint8Array(graph.nodes.length);
  for (const list of before) for (const i of list) isRead[i] = 1;
  /** Nodes to be visited, or to be left where their number is marked by ~. */
  const stack = graph.nodes.flatMap((_, i) => (isRead[i] ? [] : [i]));
  const visited = new Uint8Array(graph.nodes.length);
  const order: number[] = [];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (at < 0) order.push(~at);
    else if (!visited[at]) {
      visited[at] = 1;
      stack.push(~at, ...before[at]!.filter((i) => !visited[i]));
    }
  }
  return { ...graph, nodes: order.map((i) => graph.nodes[i]!) };
}
