import { openRuntime } from "../runtime/select.js";
import type { RuntimeName } from "../runtime/select.js";
import type { TrialSpec } from "./spec.js";
import { workbench } from "./workbench.js";

/**
 * Computes trials: in this process, in worker threads, or by a job queue. An engine does not use the store, and keeps nothing between trials except to be
 * faster.
 */
export interface Engine {
  /** Name to show. */
  readonly name: string;
  /** Number of trials that it computes in parallel. */
  readonly workers: number;
  /** Computes the result of a trial as JSON, on the worker of index 0 … `workers` − 1. Trials of one family go to one worker, one after the other. */
  measure(spec: TrialSpec, worker: number): Promise<string>;
  /** Ends threads and frees sessions. */
  close(): Promise<void>;
}

/** Options of an engine. */
export interface EngineOptions {
  readonly runtime?: RuntimeName;
  /** Memory limit of a run in bytes (default: none). */
  readonly memoryLimit?: number;
}

/**
 * Makes an engine that computes trials one after the other in this process. By default ops use one thread, as in a pool, so that a spec gives the same bits
 * everywhere. More threads help large networks, and may change the last bits.
 */
export async function localEngine({
  runtime: name = "node",
  memoryLimit = Infinity,
  threads = 1,
}: EngineOptions & { readonly threads?: number } = {}): Promise<Engine> {
  const runtime = await openRuntime(name, { threads });
  const bench = workbench({ runtime, memoryLimit });
  return {
    name: `this process, ${runtime.name}`,
    workers: 1,
    measure: (spec) => bench.measure(spec),
    close: async () => {
      await bench.close();
      await runtime.close();
    },
  };
}
