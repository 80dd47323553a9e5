import type { Graph } from "../graph/graph.js";
import { refuseTooLarge } from "../passes/memory.js";
import { verifyGraph } from "../passes/verify.js";
import type { Runtime, Values } from "./runtime.js";

/** A graph whose sessions are open. */
export interface OpenGraph {
  /** Weights take the places of the graph's own, by name; those that it has none of are passed over. */
  run(feeds: Values, weights: Values): Promise<Values>;
  dispose(): Promise<void>;
}

/** Verifies a graph and opens its sessions. Errors: `memory/limit`, `runtime/…`. */
export async function openGraph(
  graph: Graph,
  { runtime, memoryLimit }: { readonly runtime: Runtime; readonly memoryLimit: number },
): Promise<OpenGraph> {
  verifyGraph(graph);
  refuseTooLarge(graph, memoryLimit, runtime.peakBytes);
  const executable = await runtime.prepare(graph);
  return {
    run: (feeds, weights) => executable.run(feeds, new Map([...weights].filter(([name]) => graph.initializers.has(name)))),
    dispose: () => executable.dispose(),
  };
}
