// isograd in a browser: the whole public API, and onnxruntime in WebAssembly in a worker of the page.

export * from "./index.js";

export { webRuntime } from "./runtime/web.js";
export type { WebOptions } from "./runtime/web.js";
