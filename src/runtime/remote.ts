import { connect } from "../util/connection.js";
import type { Answer, WorkerPort } from "../util/connection.js";
import type { Executor, Reply, Request } from "./protocol.js";
import { failed } from "./refusals.js";

/** What a worker with sessions is told first. */
export interface Setup {
  /** The build of onnxruntime. */
  readonly build: "native" | "wasm";
  /** Threads that one op uses. */
  readonly threads: number;
  /** Where a browser finds the .mjs and .wasm files of onnxruntime-web (default: beside the worker's script). */
  readonly wasmPaths?: string;
}

/** Returns the executor at the other end of a line, which `answering` serves. */
export function remoteExecutor(port: WorkerPort, setup: Setup): Executor {
  const connection = connect(port, (reason) => failed(`the runtime's thread failed: ${reason}`));
  // Should this fail, so does every request after it.
  connection.ask({ setup }).catch(() => undefined);
  return { ask: (request) => connection.ask(request) as Promise<Reply>, close: () => connection.end() };
}

/** Answers requests from another thread by the executor that `start` makes of the setup; the values of a reply move. */
export function answering(start: (setup: Setup) => Executor): (request: unknown) => Promise<Answer> {
  let own: Executor | undefined;
  return async (request) => {
    const message = request as Request | { readonly setup: Setup };
    if ("setup" in message) {
      own = start(message.setup);
      return { reply: undefined };
    }
    const reply = await own!.ask(message);
    const buffers = new Set<ArrayBuffer>();
    if (reply.ok) for (const t of reply.values.values()) buffers.add(t.data.buffer as ArrayBuffer);
    return { reply, transfer: [...buffers] };
  };
}
