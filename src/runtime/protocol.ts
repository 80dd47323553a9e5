import type { Graph } from "../graph/graph.js";
import type { NativeTensor } from "./native.js";
import type { Step } from "./plan.js";
import type { ErrorCode, ErrorParts } from "../util/errors.js";

/** A piece on its way to the worker: ONNX bytes for the runtime, or a graph for our evaluates. */
export type PieceSource = Uint8Array | Graph;

/** What the main thread asks of the session worker. */
export type Request =
  | {
      readonly kind: "prepare";
      readonly id: number;
      readonly pieces: readonly PieceSource[];
      readonly steps: readonly Step[];
      readonly weights: ReadonlyMap<string, NativeTensor>;
      readonly outputs: readonly string[];
      readonly threads: number;
      /** Memory goes before speed. */
      readonly lean: boolean;
    }
  | {
      readonly kind: "run";
      readonly id: number;
      readonly feeds: ReadonlyMap<string, NativeTensor>;
      /** In the places of the prepared weights, for this run. */
      readonly weights?: ReadonlyMap<string, NativeTensor>;
    }
  | { readonly kind: "dispose"; readonly id: number };

/** What it answers: requests are answered in order. */
export type Reply =
  | { readonly ok: true; readonly values: ReadonlyMap<string, NativeTensor>; readonly ms: number }
  | {
      readonly ok: false;
      readonly message: string;
      /** The runtime is not installed. */
      readonly missing?: true;
      /** Which step or piece of the plan failed. */
      readonly step?: number;
      readonly piece?: number;
      /** Our own evaluate refused its inputs. */
      readonly refusal?: { readonly code: ErrorCode; readonly what: string; readonly parts: ErrorParts };
    };
