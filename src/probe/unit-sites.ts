import type { Graph } from "../graph/graph.js";
import { sizeOf } from "../graph/tensor.js";
import type { Bound } from "../passes/bind.js";
import { selfGates } from "../structure/self-gates.js";
import { watchesUnits } from "./units.js";
import type { UnitSite } from "./units.js";

/**
 * Finds the outputs of activation functions that are nodes of the file, not parts of a decomposed op such as a norm or an LSTM. A sigmoid or tanh that gates its own argument is
 * a part of a function that does not saturate.
 */
export function unitSites(bound: Bound, graph: Graph): readonly UnitSite[] {
  const makes = new Set(bound.model.graph.nodes.filter((n) => watchesUnits(n.op)).flatMap((n) => n.outputs));
  const gatesItself = selfGates(graph);
  return graph.nodes.flatMap((n): UnitSite[] => {
    const value = n.outputs[0]!;
    if (!watchesUnits(n.op) || n.origin !== undefined || !makes.has(value) || gatesItself(n)) return [];
    const shape = graph.types.get(value)!.shape;
    // Maps [N, C, …] have their units on axis 1, rows [N, …, D] on the last.
    const axis = shape.length >= 4 ? 1 : shape.length - 1;
    return shape.length < 2 || sizeOf(shape) === 0 ? [] : [{ value, op: n.op, axis }];
  });
}
