import { availableParallelism } from "node:os";
import { join } from "node:path";
import { openStore } from "../jobs/libsql-store.js";
import { threadQueue } from "../jobs/thread-queue.js";
import type { RunOptions, RunProgress } from "../jobs/run-trials.js";
import { integer, memoryLimit, runtimeChoice } from "./options.js";
import { progress } from "./progress.js";
import type { Given, OptionSpec } from "./verb.js";
import { roughDuration } from "../util/format.js";

/** Options of verbs that run trials. */
export const TRIAL_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  store: { value: "FOLDER", help: "where results are kept (default: $ISOGRAD_STORE, else .cache/isograd here)" },
  "no-store": { help: "measure everything anew and keep nothing" },
  threads: { value: "N", help: "trials measured at once (default: one for each core)" },
};

/** Returns the folder of the store: `--store`, else $ISOGRAD_STORE, else .cache/isograd in the working directory; undefined with `--no-store`. */
export function storeFolder(given: Given, environment: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  if (given["no-store"] === true) return undefined;
  const named = (given["store"] as string | undefined) ?? environment["ISOGRAD_STORE"];
  return named !== undefined && named !== "" ? named : join(".cache", "isograd");
}

/** The queue and the store of a command, its line of progress, and Ctrl-C as a signal. */
export type Trials = Pick<RunOptions, "queue" | "store" | "onProgress" | "signal">;

/** Writes to standard output; a line of progress makes way. */
export type Print = (text: string) => void;

/** The exit code of a process that was interrupted. */
const INTERRUPTED = 130;

/**
 * Lets `work` run trials: in a pool of threads, with the store that the options name, a line of progress on a terminal, and Ctrl-C, which lets the trials in work
 * finish and keeps them (exit code 130); a second Ctrl-C leaves at once, and loses those only.
 */
export async function withTrials(given: Given, work: (trials: Trials, print: Print) => Promise<number>): Promise<number> {
  const folder = storeFolder(given);
  const threads = integer(given, "threads", 1) ?? availableParallelism();
  const show = progress(process.stderr);
  const notice = (sentence: string): void => {
    show.clear();
    process.stderr.write(`isograd: ${sentence}\n`);
  };
  const print: Print = (text) => {
    show.clear();
    process.stdout.write(text);
  };
  const { name: runtime, notice: chosen } = runtimeChoice(given);
  if (chosen !== undefined) notice(chosen);
  const store = folder === undefined ? undefined : openStore(folder, { onNotice: notice });
  const queue = threadQueue({ threads, runtime, memoryLimit: memoryLimit(given) });
  const stop = new AbortController();
  const onSignal = (): void => {
    if (stop.signal.aborted) {
      process.off("SIGINT", onSignal);
      process.kill(process.pid, "SIGINT");
      return;
    }
    show.end();
    notice("stopping when the trials in work are done; what was measured is kept (Ctrl-C again leaves at once)");
    stop.abort();
  };
  process.on("SIGINT", onSignal);
  try {
    const onProgress = (p: RunProgress): void => show.say(progressLine(p));
    return await work({ queue, store, signal: stop.signal, onProgress }, print);
  } catch (error) {
    if (stop.signal.aborted && error === stop.signal.reason) return INTERRUPTED;
    throw error;
  } finally {
    process.off("SIGINT", onSignal);
    show.end();
    await queue.close();
    await store?.close();
  }
}

/** Writes the line of progress: `trial 12 of 60, 3 of them found, about 40 s left`. */
export function progressLine({ done, total, found, secondsLeft }: RunProgress): string {
  const known = found === 0 ? "" : `, ${found} of them found`;
  const left = secondsLeft === undefined || done === total ? "" : `, about ${roughDuration(secondsLeft)} left`;
  return `trial ${done} of ${total}${known}${left}`;
}
