import type { DataHost } from "../data/source.js";
import type { Runtime } from "../runtime/runtime.js";
import { openBenches } from "./kinds.js";
import type { Queue } from "./queue.js";
import { workerQueue } from "./worker-queue.js";

/** Options of a queue in this thread. */
export interface LocalQueueOptions {
  readonly runtime: Runtime;
  /** Memory limit of a run in bytes. */
  readonly memoryLimit?: number;
  /** What reads the data that networks are trained on. */
  readonly dataHost?: DataHost;
}

/**
 * Makes a queue that computes jobs one after the other in this thread, by a runtime that stays its owner's. The runtime should use one thread for ops, as
 * those of a thread queue do, so that a spec gives the same bits everywhere. More threads help large networks, and may change the last bits.
 */
export function localQueue({ runtime, memoryLimit = Infinity, dataHost }: LocalQueueOptions): Queue {
  const benches = openBenches({ runtime, memoryLimit, dataHost });
  return workerQueue(`this process, ${runtime.name}`, runtime.arithmetic, [benches]);
}
