import type { Graph } from "../graph/graph.js";
import { refuseTooLarge } from "../passes/memory.js";
import { verifyGraph } from "../passes/verify.js";
import type { OnPart, Runtime, Values } from "./runtime.js";

/** A graph that is prepared to run. */
export interface OpenGraph {
  /** Runs once. `weights` replace the initializers of the same names in this run; other names are ignored. Errors: `batch/…`, `runtime/failed`. */
  run(feeds: Values, weights: Values, onPart?: OnPart): Promise<Values>;
  /** Frees the sessions. */
  dispose(): Promise<void>;
}

/** What runs a graph: within `memoryLimit` bytes, of which `held` are taken. */
export interface GraphHost {
  readonly runtime: Runtime;
  readonly memoryLimit: number;
  readonly held?: number | undefined;
}

/** Verifies a bound graph and prepares it to run. Errors: `graph/invalid`, `memory/limit`, `runtime/…`. */
export async function openGraph(graph: Graph, { runtime, memoryLimit, held = 0 }: GraphHost, onPart?: OnPart): Promise<OpenGraph> {
  verifyGraph(graph);
  refuseTooLarge(graph, memoryLimit, runtime.peakBytes, held);
  const executable = await runtime.prepare(graph, onPart);
  return {
    run: (feeds, weights, told) => executable.run(feeds, new Map([...weights].filter(([name]) => graph.initializers.has(name))), told),
    dispose: () => executable.dispose(),
  };
}
