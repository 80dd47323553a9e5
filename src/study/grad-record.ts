import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";

/** One parameter with its gradient. */
export interface GradientRow {
  readonly name: string;
  readonly shape: readonly number[];
  /** Frobenius norm of the gradient. */
  readonly gradient: number;
  /** Frobenius norm of the parameter itself. */
  readonly weight: number;
}

/** What `isograd grad` found. It is written as tensors, never as JSON, and has no schema. */
export interface GradRecord {
  /** The network's name. */
  readonly name: string;
  readonly loss: number;
  /** In the order of the file. */
  readonly parameters: readonly GradientRow[];
  /** Names of the parameters that were left out, as asked for. */
  readonly frozen: readonly string[];
  /** Every parameter's gradient under its name, and the loss: as `loss`, or `loss_1` … where a parameter is called that. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** The gradient graph: standard ops only. */
  readonly graph: Graph;
  readonly warnings: readonly string[];
  /** What the graph calls otherwise than one expects, because the network has values of those names. */
  readonly renamed: readonly string[];
}
