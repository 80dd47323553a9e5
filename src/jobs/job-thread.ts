import { parentPort, workerData } from "node:worker_threads";
import { nodeDataHost } from "../data/node-host.js";
import { parentLine } from "../runtime/node-port.js";
import { openRuntime } from "../runtime/select.js";
import { serve } from "../util/connection.js";
import type { Job } from "./job.js";
import { openBenches } from "./kinds.js";
import type { ThreadSetup } from "./thread-queue.js";

// A worker thread that computes jobs. Sessions are opened in this thread itself, so that no tensor is copied between threads.

const { runtime, memoryLimit } = workerData as ThreadSetup;
const benches = openRuntime(runtime, { threads: 1, inThread: true }).then((own) =>
  openBenches({ runtime: own, memoryLimit, dataHost: nodeDataHost(memoryLimit) }),
);
serve(parentLine(parentPort!), async (request, context) => ({ reply: await (await benches).run(request as Pick<Job, "kind" | "spec">, context) }));
