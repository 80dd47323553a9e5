import type { Model } from "../graph/graph.js";
import { readOnnx } from "../onnx/read.js";
import type { ReadOptions } from "../onnx/read.js";

/**
 * Reads the network in an ONNX file, given as a path (in Node; external data is read from the file's folder) or as bytes.
 * Errors: `file/read`, `onnx/…`, `graph/invalid`, `op/unsupported`.
 */
export async function load(source: string | Uint8Array, options: ReadOptions = {}): Promise<Model> {
  if (typeof source !== "string") return readOnnx(source, options);
  const { readModel } = await import("./files.js");
  return readModel(source);
}
