import type { Tensor } from "../graph/tensor.js";
import type { ErrorCode, ErrorParts } from "../util/errors.js";
import type { PieceSource } from "./backend.js";
import type { LoopNames } from "./loop.js";
import type { Step } from "./pieces.js";
import type { OnPart } from "./runtime.js";

/** A request to an executor. */
export type Request =
  | {
      readonly kind: "prepare";
      readonly id: number;
      readonly pieces: readonly PieceSource[];
      readonly steps: readonly Step[];
      readonly weights: ReadonlyMap<string, Tensor>;
      readonly outputs: readonly string[];
      readonly threads: number;
      /** Whether to save memory at the cost of speed. */
      readonly lowMemory: boolean;
      /** Whether runs take much memory. */
      readonly large: boolean;
      /** Outputs that replace weights after each run, which then stay with the executor, by the weights' names. */
      readonly carry: ReadonlyMap<string, string>;
      /** The plan as the body of a loop, for several steps at once. */
      readonly loop?: { readonly source: PieceSource; readonly names: LoopNames } | undefined;
    }
  | {
      readonly kind: "run";
      readonly id: number;
      readonly feeds: ReadonlyMap<string, Tensor>;
      /** Weights that replace the prepared ones in this run. */
      readonly weights: ReadonlyMap<string, Tensor>;
      /** The prepared graph whose carried weights, as they are now, replace those of the same names in this run. */
      readonly beside?: number;
    }
  /** Runs `count` steps of a graph whose weights are carried. Feeds have a row for each step along a new first axis, and so have the outputs. */
  | { readonly kind: "steps"; readonly id: number; readonly count: number; readonly feeds: ReadonlyMap<string, Tensor> }
  /** Takes back the last run of steps. */
  | { readonly kind: "rewind"; readonly id: number }
  /** Asks for the names of the carried weights that hold a number that is not finite; the values of the reply are empty. */
  | { readonly kind: "non-finite"; readonly id: number }
  /** Asks for the weights that are carried, as they are now. */
  | { readonly kind: "snapshot"; readonly id: number }
  /** Replaces weights for all later runs. */
  | { readonly kind: "restore"; readonly id: number; readonly weights: ReadonlyMap<string, Tensor> }
  | { readonly kind: "dispose"; readonly id: number };

/** The reply of an executor; `ms` are milliseconds. */
export type Reply = Done | Failed;

export interface Done {
  readonly ok: true;
  readonly values: ReadonlyMap<string, Tensor>;
  readonly ms: number;
}

export interface Failed {
  readonly ok: false;
  readonly message: string;
  /** Set when the module of onnxruntime is not installed. */
  readonly missing?: true;
  /** The step or the piece of the plan that failed. */
  readonly step?: number;
  readonly piece?: number;
  /** The error of an `evaluate` function that refused its inputs. */
  readonly refusal?: { readonly code: ErrorCode; readonly what: string; readonly parts: ErrorParts };
}

/** Executes plans: in this thread or in another one. */
export interface Executor {
  /** Answers requests one after the other; failures are replies. Of a long request it tells the parts that are done. */
  ask(request: Request, onPart?: OnPart): Promise<Reply>;
  close(): Promise<void>;
  /** Whether it may still answer: its thread has not ended. */
  isOpen(): boolean;
}
