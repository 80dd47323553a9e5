import { plural } from "../util/format.js";
import { WEB } from "./lowering/web.js";
import type { PlanOptions } from "./plan.js";
import { plannedRuntime } from "./planned.js";
import { remoteExecutor } from "./remote.js";
import type { Runtime } from "./runtime.js";
import { webWorkerPort } from "./web-port.js";
import type { MessageEnd } from "./web-port.js";

/** Options of onnxruntime in a browser. */
export interface WebOptions extends Omit<PlanOptions, "executes" | "alone"> {
  /** Number of threads that one op uses (default: 1). More need a page that is cross-origin isolated. */
  readonly threads?: number;
  /** The URL of the folder that has the .mjs and .wasm files of onnxruntime-web (default: beside the worker's script). */
  readonly wasmPaths?: string;
  /** Starts the worker (default: the package's own script). */
  readonly worker?: () => MessageEnd & { terminate(): void };
}

declare const Worker: new (url: URL, options: { readonly type: "module" }) => MessageEnd & { terminate(): void };

/** Returns the URL of a folder, relative to the page, with the slash at its end. */
function folderUrl(path: string): string {
  const { location } = globalThis as { readonly location?: { readonly href: string } };
  return new URL(path.endsWith("/") ? path : `${path}/`, location?.href).href;
}

/** Returns the runtime that executes graphs by onnxruntime in WebAssembly, in a Web Worker, so that a run does not block the page. */
export function webRuntime({ threads = 1, wasmPaths, worker, ...options }: WebOptions = {}): Runtime {
  const start = worker ?? ((): MessageEnd & { terminate(): void } => new Worker(new URL("./web-worker.js", import.meta.url), { type: "module" }));
  return plannedRuntime({
    ...options,
    name: `onnxruntime-web, ${plural(threads, "thread")}`,
    kernels: WEB,
    threads,
    executor: () =>
      remoteExecutor(
        webWorkerPort(start()),
        { build: "wasm", threads, ...(wasmPaths === undefined ? {} : { wasmPaths: folderUrl(wasmPaths) }) },
        { patient: false },
      ),
  });
}
