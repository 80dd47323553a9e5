import { parentPort, workerData } from "node:worker_threads";
import { openRuntime } from "../runtime/select.js";
import { IsogradError } from "../util/errors.js";
import type { PoolReply, PoolRequest, PoolSetup } from "./pool-messages.js";
import { workbench } from "./workbench.js";

// A worker thread of the pool. The native sessions are opened in this thread itself, so that no tensor is copied between threads.

const { runtime: name, memoryLimit } = workerData as PoolSetup;
const bench = openRuntime(name, { threads: 1, inThread: true }).then((runtime) => workbench({ runtime, memoryLimit }));

parentPort!.on("message", (spec: PoolRequest) => {
  void answer(spec).then((reply) => parentPort!.postMessage(reply));
});

async function answer(spec: PoolRequest): Promise<PoolReply> {
  try {
    return { ok: true, result: await (await bench).measure(spec) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!(error instanceof IsogradError)) return { ok: false, message };
    const { cause: _, ...parts } = error.parts;
    return { ok: false, message, refusal: { code: error.code, what: error.what, parts } };
  }
}
