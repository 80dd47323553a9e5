import type { Graph } from "../graph/graph.js";
import { withCotangent } from "../probe/cotangent.js";
import { openGraph } from "../runtime/open-graph.js";
import type { Get } from "../probe/probe.js";
import type { Draw, Tools } from "./measurement.js";

/** A graph with a cotangent input, made ready for all seeds. */
export interface CotangentRun {
  /** Runs it with a draw's weights and inputs, and a cotangent from N(0, 1) by the draw's seed: the one that a profile takes. */
  run(draw: Draw): Promise<Get>;
  dispose(): Promise<void>;
}

/** Verifies the graph and opens its sessions. Errors: `memory/limit`, `runtime/…`. */
export async function cotangentRun(made: { readonly graph: Graph; readonly cotangentInput: string }, tools: Tools): Promise<CotangentRun> {
  const { run, dispose } = await openGraph(made.graph, tools);
  return {
    run: async ({ weights, inputs, seed }) => {
      const values = await run(withCotangent(made, inputs, seed), weights);
      return (name) => values.get(name)!;
    },
    dispose,
  };
}
