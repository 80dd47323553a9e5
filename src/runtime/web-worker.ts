import * as ort from "onnxruntime-web/wasm";
import { serve } from "../util/connection.js";
import { executor } from "./execute.js";
import { onnxruntimeBackend } from "./onnxruntime-backend.js";
import type { OrtModule } from "./onnxruntime-backend.js";
import { answering } from "./remote.js";
import { pageLine } from "./web-port.js";
import type { MessageEnd } from "./web-port.js";

// The Web Worker that holds the sessions of a page.

serve(
  pageLine(globalThis as unknown as MessageEnd),
  answering(({ threads, wasmPaths }) => {
    ort.env.wasm.numThreads = threads;
    ort.env.logLevel = "fatal";
    if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths;
    return executor(() => Promise.resolve(onnxruntimeBackend(ort as unknown as OrtModule)));
  }),
);
