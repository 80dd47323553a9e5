import type { Kernels } from "../planned.js";
import { NATIVE } from "./node.js";
import { isCeilPool, padCeilPools } from "./pad-ceil-pools.js";

/** The WebAssembly kernels of onnxruntime-web: those of the CPU, but for one pooling. */
export const WEB: Kernels = {
  arithmetic: "wasm",
  lower: (graph) => NATIVE.lower(padCeilPools(graph)),
  executes: (graph, node) => NATIVE.executes(graph, node) && !isCeilPool(node),
};
