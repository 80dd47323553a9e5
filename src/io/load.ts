import { readModel } from "./files.js";
import type { Model } from "../graph/graph.js";
import { readOnnx } from "../onnx/read.js";
import type { ReadOptions } from "../onnx/read.js";

/**
 * Reads the network in an ONNX file, given as a path (external data is read from the file's folder) or as bytes.
 * Errors: `file/read`, `onnx/…`, `graph/invalid`, `op/unsupported`.
 */
export function load(source: string | Uint8Array, options: ReadOptions = {}): Promise<Model> {
  return new Promise((resolve) => resolve(typeof source === "string" ? readModel(source) : readOnnx(source, options)));
}
