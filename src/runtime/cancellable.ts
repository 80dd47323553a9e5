import type { Executable, OnPart, Runtime, Stepper } from "./runtime.js";

/**
 * Returns the runtime with promises that fail with the signal's reason as soon as it is aborted. What is running then ends by itself, unseen, and is disposed
 * of behind it without anybody waiting; closing the runtime waits as ever.
 */
export function cancellable(runtime: Runtime, signal: AbortSignal | undefined): Runtime {
  if (!signal) return runtime;
  /** `late` is given what comes after the signal. */
  const unless = <T>(work: () => Promise<T>, late?: (result: T) => Promise<unknown>): Promise<T> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => reject(signal.reason as Error);
      signal.addEventListener("abort", onAbort, { once: true });
      void work()
        .then(async (result) => {
          if (signal.aborted) await late?.(result);
          resolve(result);
        }, reject)
        .finally(() => signal.removeEventListener("abort", onAbort));
    });
  /** What is still told after the signal is of no use, and whoever is told would throw. */
  const heard = (onPart: OnPart | undefined): OnPart | undefined => onPart && ((done, of) => (signal.aborted ? undefined : onPart(done, of)));
  const dispose = (made: { dispose(): Promise<void> }): Promise<void> => {
    const done = made.dispose();
    if (!signal.aborted) return done;
    // Should it fail, the runtime is closed, and everything freed.
    done.catch(() => undefined);
    return Promise.resolve();
  };
  return {
    ...runtime,
    async prepare(graph, onPart): Promise<Executable> {
      const made = await unless(() => runtime.prepare(graph, heard(onPart)), dispose);
      return { run: (feeds, weights, told) => unless(() => made.run(feeds, weights, heard(told))), dispose: () => dispose(made) };
    },
    async stepper(graph, carry): Promise<Stepper> {
      const made = await unless(() => runtime.stepper(graph, carry), dispose);
      return {
        step: (feeds) => unless(() => made.step(feeds)),
        steps: (count, feeds) => unless(() => made.steps(count, feeds)),
        rewind: () => unless(() => made.rewind()),
        nonFinite: () => unless(() => made.nonFinite()),
        async beside(other) {
          const own = await unless(() => made.beside(other), dispose);
          return { run: (feeds, weights, told) => unless(() => own.run(feeds, weights, heard(told))), dispose: () => dispose(own) };
        },
        snapshot: () => unless(() => made.snapshot()),
        restore: (weights) => unless(() => made.restore(weights)),
        dispose: () => dispose(made),
      };
    },
  };
}
