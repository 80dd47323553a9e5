import type { Tools } from "../trial/measurement.js";

/** Something to compute. Its result is a text that is a pure function of the spec. */
export interface Job {
  /** The kind of job that computes it, by its name. */
  readonly kind: string;
  /** Under which its result is kept. */
  readonly key: string;
  /** Jobs of one affinity share what is costly to set up: a queue gives them to one worker, as far as no other is idle for it. */
  readonly affinity: string;
  /** Plain data, which can be sent to another thread or machine. */
  readonly spec: unknown;
  /** What it is called in messages. */
  readonly name: string;
  /** The spec, and the versions of the code that computes it, as JSON: for people who read a store. */
  readonly record: string;
}

/** What a job may use while it is computed. */
export interface JobContext {
  /** Tells whoever asked for the job something before its result; plain data. */
  emit(event: unknown): void;
  /** Aborted when the result is no longer wanted. A job that can stop early fails then; one that is short ends as usual. */
  readonly signal: AbortSignal;
}

/** Computes jobs of one kind in its thread, one after the other; keeps nothing between them except to be faster. */
export interface Bench {
  run(spec: unknown, context: JobContext): Promise<string>;
  close(): Promise<void>;
}

/** A kind of job: one file each, and one line in kinds.ts. */
export interface JobKind {
  readonly name: string;
  open(tools: Tools): Bench;
}
