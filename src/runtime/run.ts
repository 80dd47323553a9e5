import type { Graph } from "../graph/graph.js";
import { openRuntime } from "./select.js";
import type { RuntimeName } from "./select.js";
import type { Values } from "./runtime.js";

/**
 * Runs a bound graph once, frees everything, and returns the outputs by name. To run a graph many times, open a runtime and prepare it.
 * Errors: `batch/…`, `runtime/…`.
 */
export async function run(graph: Graph, feeds: Values, options: { readonly runtime?: RuntimeName; readonly threads?: number } = {}): Promise<Values> {
  const runtime = await openRuntime(options.runtime ?? "node", options);
  try {
    return await (await runtime.prepare(graph)).run(feeds);
  } finally {
    await runtime.close();
  }
}
