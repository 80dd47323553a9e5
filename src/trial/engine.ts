import { openRuntime } from "../runtime/select.js";
import type { RuntimeName } from "../runtime/select.js";
import type { TrialSpec } from "./spec.js";
import { workbench } from "./workbench.js";

/**
 * Where trials are computed: in this process, in threads, or by whoever takes them from a job queue. An engine knows nothing of stores, and keeps nothing
 * but what makes it faster.
 */
export interface Engine {
  /** To show. */
  readonly name: string;
  /** How many trials it works on at once. */
  readonly lanes: number;
  /** The result of a trial as JSON. `lane`, below `lanes`: trials of one family are given to one lane, one after the other. */
  measure(spec: TrialSpec, lane: number): Promise<string>;
  /** Ends threads and frees sessions; what is being measured is abandoned. */
  close(): Promise<void>;
}

/** How an engine works. */
export interface EngineOptions {
  readonly runtime?: RuntimeName;
  /** Bytes that a run may take (default: no limit). */
  readonly memoryLimit?: number;
}

/**
 * Trials one after the other in this process. One thread inside an op, as in a pool: the same spec gives the same bits everywhere. More threads help
 * large networks, and may change the last bits.
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
    lanes: 1,
    measure: (spec) => bench.measure(spec),
    close: async () => {
      await bench.close();
      await runtime.close();
    },
  };
}
