import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";

/** A piece as it is sent to an executor: ONNX bytes for onnxruntime, or a graph for the `evaluate` functions of the op files. */
export type PieceSource = Uint8Array | Graph;

/** How sessions are opened. */
export interface SessionOptions {
  /** Threads that one op uses. */
  readonly threads: number;
  /** Whether to save memory at the cost of speed. */
  readonly lowMemory: boolean;
  /** Whether runs take much memory. */
  readonly large: boolean;
  /** Whether the plan has more than one session: one must not slow down the next. */
  readonly several: boolean;
}

/** A piece that is ready to run. */
export interface Session<V> {
  run(feeds: Readonly<Record<string, V>>, fetches: readonly string[]): Promise<Readonly<Record<string, V>>>;
  close(): Promise<void>;
}

/** What computes pieces: a module of onnxruntime, or the op files. V is a value as it lies there. */
export interface Backend<V> {
  open(piece: PieceSource, options: SessionOptions): Promise<Session<V>>;
  put(tensor: Tensor): V;
  /** Returns the value as a tensor, which may share its memory. */
  take(value: V): Tensor;
  /** Number of elements. */
  size(value: V): number;
  /** Returns freed values to the system, where they would otherwise wait for the collector of JavaScript. */
  readonly collect?: () => void;
}
