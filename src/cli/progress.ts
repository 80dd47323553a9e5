import { Worker } from "node:worker_threads";
import { workerUrls } from "../runtime/worker-urls.js";
import { CLEAR, SLOTS, tick } from "./progress-line.js";
import type { ProgressSink, SharedProgress } from "./progress-line.js";
import type { Watch } from "./progress-thread.js";

/** A line that says what the program is doing. */
export interface Progress {
  say(what: string): void;
  /** Takes the line away before something else is printed; it comes back by itself. */
  clear(): void;
  /** Takes the line away for good. */
  end(): void;
}

/** A stream of a process; one with a descriptor can be written to by a thread. */
interface Sink extends ProgressSink {
  readonly fd?: number;
}

const EVERY_MS = 250;
/** Bytes of the longest text. */
const LONGEST = 400;

/**
 * Returns a line that says what the program is doing: on a terminal after a second, rewritten in place; elsewhere after two seconds and then every fifteen, a
 * line each. A stream with a descriptor has it while this thread computes without a pause, too: another thread watches.
 */
export function progress(sink: Sink): Progress {
  const start = Date.now();
  const shared: SharedProgress = { slots: new Int32Array(new SharedArrayBuffer(4 * 5)), text: new Uint8Array(new SharedArrayBuffer(LONGEST)) };
  const { slots, text } = shared;
  let timer: NodeJS.Timeout | undefined;
  const beat = (): number => {
    const now = Date.now() - start;
    Atomics.store(slots, SLOTS.beat, now);
    return now;
  };
  const begin = (): NodeJS.Timeout => {
    if (sink.fd !== undefined) watch({ ...shared, fd: sink.fd, isTTY: sink.isTTY === true, columns: sink.columns, start });
    return setInterval(() => tick(shared, sink, beat()), EVERY_MS).unref();
  };
  const clear = (): void => {
    if (Atomics.exchange(slots, SLOTS.shown, 0) === 1) sink.write(CLEAR);
  };
  return {
    say(what) {
      if (Atomics.load(slots, SLOTS.ended) !== 0) return;
      const { written } = new TextEncoder().encodeInto(what, new Uint8Array(LONGEST));
      text.set(new TextEncoder().encode(what).subarray(0, written));
      Atomics.store(slots, SLOTS.length, written);
      timer ??= begin();
      const now = beat();
      if (Atomics.load(slots, SLOTS.shown) === 1) tick(shared, sink, now);
    },
    clear,
    end() {
      clearInterval(timer);
      Atomics.store(slots, SLOTS.ended, 1);
      Atomics.notify(slots, SLOTS.ended);
      clear();
    },
  };
}

/** Starts the thread that watches this one. Without it the program goes on. */
function watch(workerData: Watch): void {
  const thread = new Worker(workerUrls.progress, { workerData, execArgv: [] });
  thread.on("error", () => undefined);
  thread.unref();
}
