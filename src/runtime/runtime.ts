import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";

/** Values by name, into or out of a run. */
export type Values = ReadonlyMap<string, Tensor>;

/** A graph made ready to run any number of times. */
export interface Executable {
  /**
   * Runs once: every graph input in, every graph output out. `weights` take the places of the graph's own initializers in this run, so that a
   * network drawn with another seed is run without being prepared again. Errors: `runtime/failed`, `batch/…`, `graph/invalid` for weights that
   * the graph does not have, or that were built into it.
   */
  run(feeds: Values, weights?: Values): Promise<Values>;
  /** Frees what the runtime holds; further runs are an error. */
  dispose(): Promise<void>;
}

/** What turns bound graphs into numbers. */
export interface Runtime {
  readonly name: string;
  /** The most bytes that a run of the graph holds at once: weights, inputs and live values. */
  peakBytes(graph: Graph): number;
  /** Makes a bound graph ready. Errors: `runtime/unavailable`, `runtime/failed`. */
  prepare(graph: Graph): Promise<Executable>;
  /** Ends workers and frees everything. */
  close(): Promise<void>;
}
