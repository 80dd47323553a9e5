import type { Graph } from "../graph/graph.js";
import type { NativeTensor } from "./native.js";
import type { Step } from "./plan.js";
import type { ErrorCode, ErrorParts } from "../util/errors.js";

/** A piece as it is sent to the session worker: ONNX bytes for onnxruntime, or a graph for the `evaluate` functions of the op files. */
export type PieceSource = Uint8Array | Graph;

/** A request of the main thread to the session worker. */
export type Request =
  | {
      readonly kind: "prepare";
      readonly id: number;
      readonly pieces: readonly PieceSource[];
      readonly steps: readonly Step[];
      readonly weights: ReadonlyMap<string, NativeTensor>;
      readonly outputs: readonly string[];
      readonly threads: number;
      /** Whether to save memory at the cost of speed. */
      readonly lowMemory: boolean;
    }
  | {
      readonly kind: "run";
      readonly id: number;
      readonly feeds: ReadonlyMap<string, NativeTensor>;
      /** Weights that replace the prepared ones in this run. */
      readonly weights?: ReadonlyMap<string, NativeTensor>;
    }
  | { readonly kind: "dispose"; readonly id: number };

/** The reply of the session worker; `ms` are milliseconds. Replies have the order of the requests. */
export type Reply =
  | { readonly ok: true; readonly values: ReadonlyMap<string, NativeTensor>; readonly ms: number }
  | {
      readonly ok: false;
      readonly message: string;
      /** Set when onnxruntime is not installed. */
      readonly missing?: true;
      /** The step or the piece of the plan that failed. */
      readonly step?: number;
      readonly piece?: number;
      /** The error of an `evaluate` function that refused its inputs. */
      readonly refusal?: { readonly code: ErrorCode; readonly what: string; readonly parts: ErrorParts };
    };
