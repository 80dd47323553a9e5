import { CLOSED, connect } from "../util/connection.js";
import type { Answer, Answering, WorkerPort } from "../util/connection.js";
import type { Executor, Reply, Request } from "./protocol.js";
import { closed, failed } from "./refusals.js";
import type { OnPart } from "./runtime.js";

/** What a worker with sessions is told first. */
export interface Setup {
  /** The build of onnxruntime. */
  readonly build: "native" | "wasm";
  /** Threads that one op uses. */
  readonly threads: number;
  /** Where a browser finds the .mjs and .wasm files of onnxruntime-web (default: beside the worker's script). */
  readonly wasmPaths?: string;
}

/**
 * Returns the executor at the other end of a line, which `answering` serves. `patient`: it is closed only when nothing runs any more, since a thread of Node
 * that is ended inside a native run may take the process with it.
 */
export function remoteExecutor(port: WorkerPort, setup: Setup, { patient }: { readonly patient: boolean }): Executor {
  const connection = connect(port, (reason) => (reason === CLOSED ? closed() : failed(`the runtime's thread failed: ${reason}`)));
  // Should this fail, so does every request after it.
  connection.ask({ setup }).catch(() => undefined);
  const running = new Set<Promise<Reply>>();
  return {
    ask(request, onPart) {
      const onEvent = onPart && ((event: unknown): void => onPart(...(event as Parameters<OnPart>)));
      const reply = connection.ask(request, onEvent ? { onEvent } : {}) as Promise<Reply>;
      running.add(reply);
      // Whoever asked sees the failure; here it ends the waiting.
      const ended = (): boolean => running.delete(reply);
      reply.then(ended, ended);
      return reply;
    },
    async close() {
      while (patient && running.size > 0) await Promise.allSettled(running);
      await connection.end();
    },
    isOpen: () => connection.isOpen(),
  };
}

/** Answers requests from another thread by the executor that `start` makes of the setup; the values of a reply move. */
export function answering(start: (setup: Setup) => Executor): (request: unknown, answering: Pick<Answering, "emit">) => Promise<Answer> {
  let own: Executor | undefined;
  return async (request, { emit }) => {
    const message = request as Request | { readonly setup: Setup };
    if ("setup" in message) {
      own = start(message.setup);
      return { reply: undefined };
    }
    const reply = await own!.ask(message, (...part) => emit(part));
    const buffers = new Set<ArrayBuffer>();
    if (reply.ok) for (const t of reply.values.values()) buffers.add(t.data.buffer as ArrayBuffer);
    return { reply, transfer: [...buffers] };
  };
}
