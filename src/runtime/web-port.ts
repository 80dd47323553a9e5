import type { Port, WorkerPort } from "../util/connection.js";

/** What is used of a Web Worker, and of the scope inside one. */
export interface MessageEnd {
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  addEventListener(type: string, listener: (event: { readonly data?: unknown; readonly message?: string }) => void): void;
}

const lineOf = (end: MessageEnd): Port => ({
  post: (message, transfer = []) => end.postMessage(message, transfer),
  listen: ({ message, fail }) => {
    end.addEventListener("message", (e) => message(e.data));
    end.addEventListener("error", (e) => fail(new Error(e.message ?? "its script could not be loaded")));
  },
});

/** Returns the line to a Web Worker. */
export const webWorkerPort = (worker: MessageEnd & { terminate(): void }): WorkerPort => ({
  ...lineOf(worker),
  hold: () => undefined,
  end: () => {
    worker.terminate();
    return Promise.resolve();
  },
});

/** Returns the line from a Web Worker to the page that started it. */
export const pageLine = (scope: MessageEnd): Port => lineOf(scope);
