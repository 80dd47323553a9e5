import type { Model, Node } from "../graph/graph.js";
import { traitsOf } from "../ops/registry.js";

/** The outputs that a norm over the batch has in inference: the normalised values alone. */
const NORMALISED = 1;
/** The inputs of a node that draws masks in inference: without the one that turns it on. */
const DROPPED = 2;

/** Returns the network as it is used after training: norms over the batch take their running statistics, and masks are not drawn. */
export function inInference(model: Model): Model {
  const nodes = model.graph.nodes.map((node): Node => {
    const { norm, random } = traitsOf(node);
    if (norm === "batch") return { ...node, outputs: node.outputs.slice(0, NORMALISED), attrs: { ...node.attrs, training_mode: 0 } };
    return random === "mask" ? { ...node, inputs: node.inputs.slice(0, DROPPED) } : node;
  });
  return { ...model, graph: { ...model.graph, nodes } };
}
