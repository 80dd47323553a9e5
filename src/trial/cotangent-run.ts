import type { Graph } from "../graph/graph.js";
import { refuseTooLarge } from "../passes/memory.js";
import { verifyGraph } from "../passes/verify.js";
import { drawnCotangent } from "../probe/measure.js";
import type { Get } from "../probe/probe.js";
import type { Draw, Tools } from "./measurement.js";

/** A graph with a cotangent input, made ready for all seeds. */
export interface CotangentRun {
  /** Runs it with a draw's weights and inputs, and a cotangent from N(0, 1) by the draw's seed: the one that a profile takes. */
  run(draw: Draw): Promise<Get>;
  dispose(): Promise<void>;
}

/** Verifies the graph and opens its sessions. Errors: `memory/limit`, `runtime/…`. */
export async function cotangentRun(
  made: { readonly graph: Graph; readonly cotangentInput: string },
  { runtime, memoryLimit }: Tools,
): Promise<CotangentRun> {
  const { graph, cotangentInput } = made;
  verifyGraph(graph);
  refuseTooLarge(graph, memoryLimit, runtime.peakBytes);
  const executable = await runtime.prepare(graph);
  return {
    run: async ({ weights, inputs, seed }) => {
      const own = new Map([...weights].filter(([name]) => graph.initializers.has(name)));
      const values = await executable.run(new Map([...inputs, [cotangentInput, drawnCotangent(made, cotangentInput, seed)]]), own);
      return (name) => values.get(name)!;
    },
    dispose: () => executable.dispose(),
  };
}
