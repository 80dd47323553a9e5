import type { Arithmetic } from "../runtime/runtime.js";
import { IsogradError } from "../util/errors.js";
import type { Job, JobContext } from "./job.js";
import type { Queue, Submission } from "./queue.js";
import { schedule } from "./schedule.js";

/** What computes one job after the other: this thread, or another one. */
export interface JobWorker {
  run(job: Job, context: JobContext): Promise<string>;
  close(): Promise<void>;
}

interface Item extends Submission {
  readonly job: Job;
  readonly affinity: string;
  readonly resolve: (result: string | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Makes a queue of workers. */
export function workerQueue(name: string, arithmetic: Arithmetic, workers: readonly JobWorker[]): Queue {
  const open = schedule<Item>(workers.length);
  const working = workers.map(() => false);
  const inWork = new Set<Promise<void>>();
  let woken = false;

  const work = async (index: number): Promise<void> => {
    for (;;) {
      const item = open.next(index);
      if (!item) {
        working[index] = false;
        return;
      }
      const { job, begin, onEvent, signal = new AbortController().signal, resolve, reject } = item;
      try {
        signal.throwIfAborted();
        const wanted = begin === undefined || (await begin());
        resolve(wanted ? await workers[index]!.run(job, { emit: (event) => onEvent?.(event), signal }) : undefined);
      } catch (error) {
        reject(error);
        // Whoever submitted it may now end the others.
        await new Promise((resolved) => setTimeout(resolved, 0));
      }
    }
  };
  /** Starts idle workers once all jobs that are submitted in one go are here, so that the schedule sees them together. */
  const wake = (): void => {
    if (woken) return;
    woken = true;
    queueMicrotask(() => {
      woken = false;
      workers.forEach((_, i) => {
        if (working[i]) return;
        working[i] = true;
        const own = work(i).finally(() => inWork.delete(own));
        inWork.add(own);
      });
    });
  };
  return {
    name,
    arithmetic,
    submit: (job, submission = {}) =>
      new Promise((resolve, reject) => {
        open.add({ ...submission, job, affinity: job.affinity, resolve, reject });
        wake();
      }),
    close: async () => {
      for (const { reject } of open.drain()) reject(new IsogradError("trial/failed", "the queue was closed before the job began"));
      await Promise.all(inWork);
      for (const worker of workers) await worker.close();
    },
  };
}
