import { parentPort } from "node:worker_threads";
import { openSessions } from "./onnxruntime-sessions.js";
import type { Request } from "./protocol.js";

// The thread that owns the native sessions: session.run blocks, so it must never run on the main thread.

const answer = openSessions();
parentPort!.on("message", (request: Request) => {
  void answer(request).then((reply) => {
    const buffers = new Set<ArrayBuffer>();
    if (reply.ok) for (const t of reply.values.values()) buffers.add(t.data.buffer as ArrayBuffer);
    parentPort!.postMessage(reply, [...buffers]);
  });
});
