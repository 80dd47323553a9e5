// isograd in Node: the whole public API, and what needs a host: files, worker threads, the store.

export * from "./index.js";

export { load } from "./io/load.js";
export { readTensors } from "./io/files.js";
export { readWeights } from "./io/weights-file.js";
export type { WeightsOptions } from "./io/weights-file.js";
export type { Checkpoint } from "./io/checkpoint.js";
export { loadWeights } from "./study/weights.js";
export type { LoadedWeights } from "./study/weights.js";

export { nodeDataHost } from "./data/node-host.js";
export { runFolder } from "./train/run-folder.js";

export { nodeRuntime, wasmRuntime } from "./runtime/node.js";
export type { NodeOptions } from "./runtime/node.js";
export { installedRuntime } from "./runtime/installed.js";
export type { Choice } from "./runtime/installed.js";
export { openRuntime } from "./runtime/select.js";
export type { RuntimeName } from "./runtime/select.js";
export { workerUrls } from "./runtime/worker-urls.js";

export { threadQueue } from "./jobs/thread-queue.js";
export type { ThreadQueueOptions } from "./jobs/thread-queue.js";
export { openStore } from "./jobs/libsql-store.js";
export type { StoreOptions } from "./jobs/libsql-connection.js";
