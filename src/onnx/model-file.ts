import type { GraphInput, Model } from "../graph/graph.js";
import { orderedNodes } from "../passes/order.js";
import { opsetOf, writeOnnx } from "./write.js";

/** Encodes a network, bound or not, as the bytes of an ONNX file; its outputs have the element types that its own file declares. */
export function modelFile(model: Model): Uint8Array<ArrayBuffer> {
  const { graph } = model;
  const nodes = orderedNodes(graph, graph.outputs, () => false);
  const outputs = graph.outputs.map((name): GraphInput => ({ name, dtype: model.outputTypes?.get(name) ?? "float32" }));
  return writeOnnx({ ...graph, nodes }, { opset: opsetOf(nodes), outputs, constantNodes: true });
}
