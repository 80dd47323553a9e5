import type { Runtime } from "../runtime/runtime.js";
import { openBenches } from "./kinds.js";
import type { Queue } from "./queue.js";
import { workerQueue } from "./worker-queue.js";

/**
 * Makes a queue that computes jobs one after the other in this thread, by a runtime that stays its owner's. The runtime should use one thread for ops, as
 * those of a thread queue do, so that a spec gives the same bits everywhere. More threads help large networks, and may change the last bits.
 */
export function localQueue({ runtime, memoryLimit = Infinity }: { readonly runtime: Runtime; readonly memoryLimit?: number }): Queue {
  const benches = openBenches({ runtime, memoryLimit });
  return workerQueue(`this process, ${runtime.name}`, runtime.arithmetic, [benches]);
}
