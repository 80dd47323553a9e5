import type { ErrorCode, ErrorParts } from "../util/errors.js";
import type { RuntimeName } from "../runtime/select.js";
import type { TrialSpec } from "./spec.js";

// What the pool and the threads of its workers say to each other.

/** The settings with which a thread of the pool is started. */
export interface PoolSetup {
  readonly runtime: RuntimeName;
  readonly memoryLimit: number;
}

/** A message to a thread. Replies come in the order of the requests. */
export type PoolRequest = TrialSpec;

/** A message from a thread. */
export type PoolReply =
  | { readonly ok: true; readonly result: string }
  | {
      readonly ok: false;
      readonly message: string;
      /** The parts of an `IsogradError`, with which the trial was refused. */
      readonly refusal?: { readonly code: ErrorCode; readonly what: string; readonly parts: ErrorParts };
    };
