import type { Attr, Graph, Node } from "../graph/graph.js";
import { isTensor } from "../graph/graph.js";
import { tensor } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { opNamed } from "../ops/registry.js";

/** Turns every float32 of a graph into float64: inputs, weights, constants and the targets of casts. */
export function toFloat64(graph: Graph): Graph {
  return {
    ...graph,
    inputs: graph.inputs.map((i) => (i.dtype === "float32" ? { ...i, dtype: "float64" } : i)),
    initializers: new Map([...graph.initializers].map(([k, t]) => [k, widened(t)])),
    nodes: graph.nodes.map(widenedNode),
  };
}

/** Converts a float32 tensor to float64; other tensors are returned as they are. */
export const widened = (t: Tensor): Tensor => (t.dtype === "float32" ? tensor("float64", t.shape, t.data) : t);

function widenedNode(node: Node): Node {
  const specs = opNamed(node.op, node.domain)?.attrs ?? {};
  const attrs: Record<string, Attr> = {};
  for (const [name, spec] of Object.entries(specs)) {
    // A default may be float32 too, as for ConstantOfShape and RandomNormal.
    if (spec.default !== undefined && (spec.kind === "tensor" || spec.kind === "dtype")) attrs[name] = spec.default;
  }
  Object.assign(attrs, node.attrs);
  for (const [name, value] of Object.entries(attrs)) {
    if (isTensor(value)) attrs[name] = widened(value);
    else if (typeof value === "object" && "nodes" in value) attrs[name] = toFloat64(value);
    else if (specs[name]?.kind === "dtype" && value === "float32") attrs[name] = "float64";
  }
  return { ...node, attrs };
}
