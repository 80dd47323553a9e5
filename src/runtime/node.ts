import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { plural } from "../util/format.js";
import { executor } from "./execute.js";
import { NATIVE } from "./lowering/node.js";
import { WEB } from "./lowering/web.js";
import { nodeBackend } from "./node-modules.js";
import type { Build } from "./node-modules.js";
import { workerPort } from "./node-port.js";
import type { PlanOptions } from "./plan.js";
import { plannedRuntime } from "./planned.js";
import type { Kernels } from "./planned.js";
import { INSTALL_NATIVE } from "./refusals.js";
import { remoteExecutor } from "./remote.js";
import type { Runtime } from "./runtime.js";
import { workerUrls } from "./worker-urls.js";

/** Options of onnxruntime in Node. */
export interface NodeOptions extends Omit<PlanOptions, "executes" | "alone"> {
  /** Number of threads that one op uses (default: all cores). Results can differ in the last bits between thread counts. */
  readonly threads?: number;
  /** Runs sessions in the calling thread, which they block, instead of a worker thread: for callers that are worker threads themselves. */
  readonly inThread?: boolean;
}

const BUILDS: Readonly<Record<Build, { readonly what: string; readonly kernels: Kernels; readonly fix: string }>> = {
  native: {
    what: "onnxruntime-node",
    kernels: NATIVE,
    fix: `install it (${INSTALL_NATIVE}), or use --runtime web`,
  },
  wasm: { what: "onnxruntime-web", kernels: WEB, fix: "install it (npm install onnxruntime-web), or use --runtime reference" },
};

function runtimeOf(build: Build, { inThread = false, threads = availableParallelism(), ...options }: NodeOptions): Runtime {
  const { what, kernels, fix } = BUILDS[build];
  // The options that this process was started with (--eval, loaders) must not reach the thread.
  const started = (): Worker => new Worker(workerUrls.sessions, { execArgv: [] });
  return plannedRuntime({
    ...options,
    name: `${what}, ${plural(threads, "thread")}`,
    kernels,
    threads,
    executor: () =>
      inThread ? executor(() => nodeBackend(build, threads)) : remoteExecutor(workerPort(started()), { build, threads }, { patient: true }),
    install: { what, fix },
  });
}

/** Returns the runtime that executes graphs by native onnxruntime on the CPU, in a worker thread, so that a run does not block the event loop. */
export const nodeRuntime = (options: NodeOptions = {}): Runtime => runtimeOf("native", options);

/** Returns the runtime that executes graphs by onnxruntime in WebAssembly: what a browser computes, in Node. */
export const wasmRuntime = (options: NodeOptions = {}): Runtime => runtimeOf("wasm", options);
