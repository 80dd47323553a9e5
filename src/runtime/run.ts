import type { Graph } from "../graph/graph.js";
import type { Runtime, Values } from "./runtime.js";

/** Runs a bound graph once, and returns the outputs by name. To run a graph many times, prepare it. Errors: `batch/…`, `runtime/…`. */
export async function run(graph: Graph, feeds: Values, runtime: Runtime): Promise<Values> {
  const executable = await runtime.prepare(graph);
  try {
    return await executable.run(feeds);
  } finally {
    await executable.dispose();
  }
}
