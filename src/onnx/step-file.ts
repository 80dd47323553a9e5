import type { Graph } from "../graph/graph.js";
import { writeOnnx } from "./write.js";

/**
 * Encodes a step of training as the bytes of an ONNX file. The tensors of the state are inputs as well as initializers, so that what is not fed has its
 * present value; the file's training information names the output that each becomes.
 */
export function stepFile(graph: Graph, carry: ReadonlyMap<string, string>): Uint8Array<ArrayBuffer> {
  const state = [...carry.keys()].map((name) => ({ name, ...graph.types.get(name)! }));
  return writeOnnx({ ...graph, inputs: [...graph.inputs, ...state] }, { constantNodes: true, training: carry });
}
