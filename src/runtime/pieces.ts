import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import type { Packing } from "./pack.js";

/** One execution of a piece. Pairs are [name inside the piece, name in the plan]. */
export interface Step {
  readonly piece: number;
  readonly feeds: readonly (readonly [string, string])[];
  readonly fetches: readonly (readonly [string, string])[];
  /** Names in the plan of values that no later step needs. */
  readonly free: readonly string[];
}

/** A graph that is executed as a whole; its values and nodes have local names. */
export interface Piece {
  readonly graph: Graph;
  /** Whether the `evaluate` functions of the op files execute it, because the runtime lacks a kernel. */
  readonly evaluated: boolean;
}

/**
 * Describes how a graph is executed: distinct pieces, each of which becomes one session, and the steps that run them in order.
 * Parts of the graph with equal structure are one piece, with weights as inputs, so that a thousand equal layers of a deep
 * network share one session for the forward and one for the backward pass.
 */
export interface Plan {
  readonly pieces: readonly Piece[];
  readonly steps: readonly Step[];
  /** Initializers that are fed to steps, by name. */
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly inputs: readonly string[];
  /** Names of the results: the graph's outputs, with small ones packed into vectors (see `unpacked`). */
  readonly outputs: readonly string[];
  readonly parts: Packing["parts"];
  /** Names in the graph of the nodes of each step; inside a piece they are n0, n1, … */
  readonly nodeNames: readonly (readonly string[])[];
}
