import { IsogradError } from "../util/errors.js";
import type { Job } from "./job.js";
import type { Queue } from "./queue.js";
import type { ResultStore, Stored } from "./result-store.js";

/** Where the result of a job came from: the store, where another process may have put it, or this run. */
export type Source = "store" | "computed";

/** How jobs are run. */
export interface RunJobs<R> {
  readonly queue: Queue;
  /** Without a store everything is computed, and nothing kept. */
  readonly store?: ResultStore | undefined;
  /** Reads a result; undefined where a stored one cannot be read, so that it is computed anew. */
  readonly parse: (job: Job, text: string) => R | undefined;
  /** Called with every result as soon as it is known, in any order. */
  readonly onResult: (job: Job, result: R, source: Source) => void;
  readonly onEvent?: ((job: Job, event: unknown) => void) | undefined;
  /** Stops the run: jobs that have begun are finished and kept (those that can stop early end), no other is begun. */
  readonly signal?: AbortSignal | undefined;
}

/** Interval in ms at which jobs that another process computes are looked up again. */
const POLL = 100;

/**
 * Runs jobs of different keys. Each is looked up in the store, or else reserved there when a worker is free for it, computed and stored. The first failure
 * ends the run after the jobs that have begun. Errors: the signal's reason, `store/failed`, those of the queue and of the jobs.
 */
export async function runJobs<R>(jobs: readonly Job[], { queue, store, parse, onResult, onEvent, signal }: RunJobs<R>): Promise<void> {
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(signal!.reason);
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  let failure: { readonly error: unknown } | undefined;

  const keyOf = (job: Job): string => storeKey(job, queue);
  /** Takes a result from the store. */
  const find = async (job: Job): Promise<boolean> => {
    const text = await store?.get(keyOf(job));
    if (text === undefined) return false;
    const result = parse(job, text);
    if (result === undefined) await store!.discard(keyOf(job));
    else onResult(job, result, "store");
    return result !== undefined;
  };
  const compute = async (job: Job): Promise<void> => {
    for (;;) {
      let begun = 0;
      const begin = async (): Promise<boolean> => {
        begun = performance.now();
        return ((await store?.reserve(keyOf(job))) ?? "mine") === "mine";
      };
      let text: string | undefined;
      try {
        text = await queue.submit(job, { begin, signal: stop.signal, ...(onEvent ? { onEvent: (event) => onEvent(job, event) } : {}) });
      } catch (error) {
        if (begun > 0) await store?.release(keyOf(job));
        throw named(error, job);
      }
      if (text !== undefined) {
        await kept({ key: keyOf(job), spec: job.record, result: text, seconds: (performance.now() - begun) / 1000 }, store);
        onResult(job, parsed(job, text, parse), "computed");
        return;
      }
      // Another process has reserved it, or has its result by now.
      if (await find(job)) return;
      await new Promise((resolve) => setTimeout(resolve, POLL));
      stop.signal.throwIfAborted();
      if (await find(job)) return;
    }
  };
  try {
    const unknown: Job[] = [];
    for (const job of jobs) {
      stop.signal.throwIfAborted();
      if (!(await find(job))) unknown.push(job);
    }
    await Promise.all(
      unknown.map((job) =>
        compute(job).catch((error: unknown) => {
          failure ??= { error };
          stop.abort(error);
        }),
      ),
    );
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
  signal?.throwIfAborted();
  if (failure) throw failure.error;
}

/** Stores a result; where that fails, others may compute the job. */
async function kept(entry: Stored, store: ResultStore | undefined): Promise<void> {
  try {
    await store?.put(entry);
  } catch (error) {
    await store?.release(entry.key).catch(() => undefined);
    throw error;
  }
}

/** Under which key a store keeps what a queue computes: results of another arithmetic differ in their last digits. */
export const storeKey = (job: Pick<Job, "key">, { arithmetic }: Pick<Queue, "arithmetic">): string =>
  arithmetic === "native" ? job.key : `${job.key}-${arithmetic}`;

function parsed<R>(job: Job, text: string, parse: (job: Job, text: string) => R | undefined): R {
  const result = parse(job, text);
  if (result === undefined) throw new IsogradError("internal/bug", `${job.name} gave a result that cannot be read`);
  return result;
}

const named = (error: unknown, job: Job): unknown => (error instanceof IsogradError && error.at.length === 0 ? error.within(job.name) : error);
