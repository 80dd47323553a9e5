import type { MessagePort, Worker } from "node:worker_threads";
import type { Port, WorkerPort } from "../util/connection.js";

/** Returns the line to a worker thread of Node, which does not keep the process alive while no reply is awaited. */
export function workerPort(worker: Worker): WorkerPort {
  worker.unref();
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    listen: ({ message, fail }) => {
      worker.on("message", message);
      worker.on("error", fail);
      worker.on("exit", (code) => fail(new Error(`it ended with code ${code}`)));
    },
    hold: (awaited) => (awaited ? worker.ref() : worker.unref()),
    end: async () => void (await worker.terminate()),
  };
}

/** Returns the line from a worker thread of Node to the thread that started it. */
export const parentLine = (port: MessagePort): Port => ({
  post: (message, transfer = []) => port.postMessage(message, transfer),
  listen: ({ message }) => void port.on("message", message),
});
