import { producers } from "../graph/graph.js";
import type { Graph, Node } from "../graph/graph.js";
import { traitsOf } from "../ops/registry.js";
import type { ValueReader } from "./link.js";

/** Reads constants and stored weights, through nodes after which the mean of any function of the elements is the same, but for a cast's rounding. */
export function valueReader(graph: Graph): ValueReader {
  const makers = producers(graph);
  const keeps = (n: Node): boolean => {
    const { moves, casts } = traitsOf(n);
    return moves === "rearranges" || moves === "repeats" || casts === true;
  };
  return (value) => {
    let v = value;
    for (let n = makers.get(v); n && keeps(n); n = makers.get(v)) v = n.inputs[0]!;
    return graph.initializers.get(v)?.data;
  };
}
