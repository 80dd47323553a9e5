import { workerData } from "node:worker_threads";
import { SLOTS, descriptorSink, tick } from "./progress-line.js";
import type { SharedProgress } from "./progress-line.js";

// The thread that says what the main thread is doing while that computes and cannot say it: it binds, finds the structure and differentiates without a pause,
// for minutes in the largest networks.

/** What the thread is started with. */
export interface Watch extends SharedProgress {
  readonly fd: number;
  readonly isTTY: boolean;
  readonly columns: number | undefined;
  /** `Date.now()` at the start of the work. */
  readonly start: number;
}

const EVERY_MS = 250;
/** The main thread is busy when it was not seen for so long. */
const BUSY_MS = 1000;

const { fd, isTTY, columns, start, ...shared } = workerData as Watch;
const sink = descriptorSink(fd, isTTY, columns);
while (Atomics.wait(shared.slots, SLOTS.ended, 0, EVERY_MS) === "timed-out") {
  const now = Date.now() - start;
  if (now - Atomics.load(shared.slots, SLOTS.beat) > BUSY_MS) tick(shared, sink, now);
}
