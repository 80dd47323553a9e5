/**
 * Where the entries of worker threads lie. A program that bundles isograd, or runs it from its TypeScript sources, sets them before it opens the first
 * runtime.
 */
export const workerUrls: { sessions: URL; jobs: URL; progress: URL } = {
  /** The thread that holds sessions. */
  sessions: new URL("./node-thread.js", import.meta.url),
  /** A thread that computes jobs. */
  jobs: new URL("../jobs/job-thread.js", import.meta.url),
  /** The thread that tells what the command is doing while it computes; the library does not start it. */
  progress: new URL("../cli/progress-thread.js", import.meta.url),
};
