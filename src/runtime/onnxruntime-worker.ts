import { parentPort } from "node:worker_threads";
import { openSessions } from "./onnxruntime-sessions.js";
import type { Request } from "./protocol.js";

// The worker thread that holds the native sessions: session.run blocks its thread, so it must not run on the main thread.

const answer = openSessions();
parentPort!.on("message", (request: Request) => {
  void answer(request).then((reply) => {
    const buffers = new Set<ArrayBuffer>();
    if (reply.ok) for (const t of reply.values.values()) buffers.add(t.data.buffer as ArrayBuffer);
    parentPort!.postMessage(reply, [...buffers]);
  });
});
