import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { workerPort } from "../runtime/node-port.js";
import { ARITHMETIC } from "../runtime/select.js";
import type { RuntimeName } from "../runtime/select.js";
import { workerUrls } from "../runtime/worker-urls.js";
import { connect } from "../util/connection.js";
import type { Connection } from "../util/connection.js";
import { IsogradError } from "../util/errors.js";
import { plural } from "../util/format.js";
import type { Queue } from "./queue.js";
import { workerQueue } from "./worker-queue.js";
import type { JobWorker } from "./worker-queue.js";

/** The settings with which a thread is started. */
export interface ThreadSetup {
  readonly runtime: RuntimeName;
  /** Memory limit of a run in bytes. */
  readonly memoryLimit: number;
}

/** Options of a queue of threads. */
export interface ThreadQueueOptions {
  readonly runtime?: RuntimeName;
  /** Memory limit of all threads together, in bytes (default: none). */
  readonly memoryLimit?: number;
  /** Default: one for each core. */
  readonly threads?: number;
}

/** Makes a queue of worker threads, each with its own sessions and one thread for ops. Error of a job `trial/failed`: its thread ended. */
export function threadQueue({ runtime = "node", memoryLimit = Infinity, threads = availableParallelism() }: ThreadQueueOptions = {}): Queue {
  if (!Number.isInteger(threads) || threads < 1)
    throw new IsogradError("usage/option", `a queue cannot have ${threads} threads`, { expected: "a whole number of at least 1" });
  const setup: ThreadSetup = { runtime, memoryLimit: memoryLimit / threads };
  return workerQueue(
    plural(threads, "thread"),
    ARITHMETIC[runtime],
    Array.from({ length: threads }, () => threadWorker(setup)),
  );
}

/** One thread, started at its first job, and again after it has ended unexpectedly. */
function threadWorker(setup: ThreadSetup): JobWorker {
  let line: Connection | undefined;
  const start = (): Connection => {
    const worker = new Worker(workerUrls.jobs, { workerData: setup, execArgv: [] });
    const lost = (reason: string): IsogradError =>
      new IsogradError("trial/failed", `a job failed: ${reason}`, { fix: "use fewer threads, or smaller networks; else report it with the spec" });
    const opened = connect(workerPort(worker), lost);
    worker.once("exit", () => {
      if (line === opened) line = undefined;
    });
    return opened;
  };
  return {
    async run({ kind, spec }, { emit, signal }) {
      return (await (line ??= start()).ask({ kind, spec }, { onEvent: emit, signal })) as string;
    },
    async close() {
      const open = line;
      line = undefined;
      await open?.end();
    },
  };
}
