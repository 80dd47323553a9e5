/**
 * Where the entries of worker threads lie. A program that bundles isograd, or runs it from its TypeScript sources, sets them before it opens the first
 * runtime.
 */
export const workerUrls: { sessions: URL; trials: URL } = {
  /** The thread that holds sessions. */
  sessions: new URL("./node-thread.js", import.meta.url),
  /** A thread of the pool that measures trials. */
  trials: new URL("../trial/pool-worker.js", import.meta.url),
};
