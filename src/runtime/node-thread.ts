import { parentPort } from "node:worker_threads";
import { serve } from "../util/connection.js";
import { executor } from "./execute.js";
import { nodeBackend } from "./node-modules.js";
import { parentLine } from "./node-port.js";
import { answering } from "./remote.js";

// The worker thread that holds sessions: a run blocks its thread, so it must not be the main thread.

serve(
  parentLine(parentPort!),
  answering(({ build, threads }) => executor(() => nodeBackend(build, threads))),
);
