import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Backend } from "./backend.js";
import { onnxruntimeBackend } from "./onnxruntime-backend.js";
import type { OrtModule, OrtValue } from "./onnxruntime-backend.js";
import type { Setup } from "./remote.js";

// Imports of onnxruntime in Node, at their first use: isograd runs with either of its packages, or without.

/** The builds of onnxruntime that Node can run: native code, and WebAssembly. */
export type Build = Setup["build"];

interface WebModule extends OrtModule {
  readonly env: { readonly wasm: { numThreads?: number }; logLevel?: string };
}

/** Returns the interface itself: a package of CommonJS has it as its default export. */
const inside = <M extends OrtModule>(module: Partial<M> & { readonly default?: M }): M => (module.InferenceSession ? (module as M) : module.default!);

/** Loads the backend of a build. */
export async function nodeBackend(build: Build, threads: number): Promise<Backend<OrtValue>> {
  if (build === "native") return onnxruntimeBackend(inside((await import("onnxruntime-node")) as unknown as Partial<OrtModule>), collect);
  const module = inside((await import("onnxruntime-web")) as unknown as Partial<WebModule>);
  module.env.wasm.numThreads = threads;
  // An error is reported once, in a sentence of ours.
  module.env.logLevel = "fatal";
  return onnxruntimeBackend(module, collect);
}

let collector: (() => void) | undefined;

/** Runs the garbage collector: it does not know how large the tensors are that it holds. */
function collect(): void {
  if (!collector) {
    setFlagsFromString("--expose-gc");
    collector = runInNewContext("gc") as () => void;
  }
  collector();
}
