/**
 * Where the entries of worker threads lie. A program that bundles isograd, or runs it from its TypeScript sources, sets them before it opens the first
 * runtime.
 */
export const workerUrls: { sessions: URL; jobs: URL } = {
  /** The thread that holds sessions. */
  sessions: new URL("./node-thread.js", import.meta.url),
  /** A thread that computes jobs. */
  jobs: new URL("../jobs/job-thread.js", import.meta.url),
};
