import type { Graph } from "../graph/graph.js";
import { isFloat } from "../graph/tensor.js";

/** Returns the floats of a graph that some values have a part in by floats alone, those values among them. What passes an integer or a bool has no gradient. */
export function dependents(graph: Graph, values: Iterable<string>): ReadonlySet<string> {
  const found = new Set(values);
  for (const n of graph.nodes)
    if (n.inputs.some((v) => found.has(v))) for (const o of n.outputs) if (o !== "" && isFloat(graph.types.get(o)!.dtype)) found.add(o);
  return found;
}
