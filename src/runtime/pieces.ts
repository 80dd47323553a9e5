import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import type { Packing } from "./pack.js";

/** One run of one piece. Pairs are [name inside the piece, name in the plan]. */
export interface Step {
  readonly piece: number;
  readonly feeds: readonly (readonly [string, string])[];
  readonly fetches: readonly (readonly [string, string])[];
  /** Plan values that no later step needs. */
  readonly free: readonly string[];
}

/** One graph to be executed, under local names. */
export interface Piece {
  readonly graph: Graph;
  /** Run by our evaluates, because the runtime lacks a kernel for it. */
  readonly evaluated: boolean;
}

/**
 * How a graph is executed: distinct pieces (each becomes one session) and the steps that run them in order.
 * Pieces are keyed by their structure, with weights as inputs, so that the thousand equal layers of a deep network share one
 * forward and one backward session.
 */
export interface Plan {
  readonly pieces: readonly Piece[];
  readonly steps: readonly Step[];
  /** Initializers that steps feed. */
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly inputs: readonly string[];
  /** What the runs give: the graph's outputs, small ones packed into vectors (`unpacked` takes them apart). */
  readonly outputs: readonly string[];
  readonly parts: Packing["parts"];
  /** For every step the graph's names of its nodes: inside a piece they are n0, n1, … */
  readonly nodeNames: readonly (readonly string[])[];
}
