import type { Graph } from "../graph/graph.js";
import { writeOnnx } from "./write.js";

/**
 * Encodes a step of training as the bytes of an ONNX file, whose training information names the output that each tensor of the state becomes. With `defaults` the tensors of the state are
 * inputs as well as initializers, so that what is not fed has its present value. onnxruntime for JavaScript takes no value for an input that has one: for it they are inputs alone.
 */
export function stepFile(graph: Graph, carry: ReadonlyMap<string, string>, { defaults }: { readonly defaults: boolean }): Uint8Array<ArrayBuffer> {
  const state = [...carry.keys()].map((name) => ({ name, ...graph.types.get(name)! }));
  const initializers = defaults ? graph.initializers : new Map([...graph.initializers].filter(([name]) => !carry.has(name)));
  return writeOnnx(
    { ...graph, initializers, inputs: [...graph.inputs, ...state] },
    { constantNodes: true, ...(defaults ? { training: carry } : {}) },
  );
}
