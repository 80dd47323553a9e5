import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { IsogradError } from "../util/errors.js";
import type { Engine, EngineOptions } from "./engine.js";
import { plural } from "../util/format.js";
import { workerUrls } from "../runtime/worker-urls.js";
import type { PoolReply, PoolRequest, PoolSetup } from "./pool-messages.js";
import type { TrialSpec } from "./spec.js";

/** Makes an engine of worker threads (default: one for each core), each with its own sessions and one thread for ops. Error `trial/failed`: a thread ended. */
export function poolEngine({
  runtime = "node",
  memoryLimit = Infinity,
  threads = availableParallelism(),
}: EngineOptions & { readonly threads?: number } = {}): Engine {
  const setup: PoolSetup = { runtime, memoryLimit: memoryLimit / threads };
  const pool = Array.from({ length: threads }, () => new PoolThread(setup));
  return {
    name: plural(threads, "thread"),
    workers: threads,
    measure: (spec, worker) => pool[worker]!.measure(spec),
    close: async () => void (await Promise.all(pool.map((t) => t.end()))),
  };
}

/** A request that waits for its reply. */
interface Waiting {
  resolve(reply: PoolReply): void;
  reject(error: Error): void;
}

/** One worker thread, started at the first trial, and again after it has ended unexpectedly. */
class PoolThread {
  readonly #setup: PoolSetup;
  #worker: Worker | undefined;
  #waiting: Waiting[] = [];

  constructor(setup: PoolSetup) {
    this.#setup = setup;
  }

  async measure(spec: TrialSpec): Promise<string> {
    const worker = (this.#worker ??= this.#start());
    worker.ref();
    const reply = await new Promise<PoolReply>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      worker.postMessage(spec satisfies PoolRequest);
    });
    if (this.#waiting.length === 0) worker.unref();
    if (reply.ok) return reply.result;
    if (reply.refusal) throw new IsogradError(reply.refusal.code, reply.refusal.what, reply.refusal.parts);
    throw new IsogradError("trial/failed", `a trial failed: ${reply.message}`, { fix: "please report this with the spec" });
  }

  #start(): Worker {
    const worker = new Worker(workerUrls.trials, { workerData: this.#setup, execArgv: [] });
    worker.unref();
    const fail = (reason: string): void => {
      if (this.#worker === worker) this.#worker = undefined;
      const error = new IsogradError("trial/failed", `a thread that measures trials ended: ${reason}`, {
        fix: "use fewer threads, or smaller networks",
      });
      for (const w of this.#waiting.splice(0)) w.reject(error);
    };
    worker.on("message", (reply: PoolReply) => this.#waiting.shift()?.resolve(reply));
    worker.on("error", (error) => fail(error.message));
    worker.on("exit", (code) => fail(`code ${code}`));
    return worker;
  }

  /** Ends the thread after its last request: to end it inside a native run would crash the process. */
  async end(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    while (this.#waiting.length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    this.#worker = undefined;
    await worker.terminate();
  }
}
