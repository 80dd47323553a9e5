import type { Graph } from "../graph/graph.js";
import { isFloat } from "../graph/tensor.js";
import { passesGradient, traitsOf } from "../ops/registry.js";

/** The values of a bound graph that are activations, and those from which they are computed. */
export interface Activity {
  /** Float values that depend on a source and on which the target depends. */
  readonly active: ReadonlySet<string>;
  /** The first activations: float inputs and rows looked up in a table (embeddings), in the order of the graph. */
  readonly sources: readonly string[];
}

/**
 * Finds the activations between a network's inputs and `target`: the float values that depend on a float input, or on a table row looked up by
 * an integer input. Where there are none, the floats computed from integer inputs are the sources; and where every path from the inputs is cut (at a
 * rounding, a comparison), the floats that come out of the cut. Linear in the size of the graph.
 */
export function activityOf(graph: Graph, target: string): Activity {
  const typeOf = (v: string) => graph.types.get(v);
  const floating = (v: string): boolean => v !== "" && isFloat(typeOf(v)?.dtype ?? "bool");
  const reaching = new Set([target]);
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i]!;
    if (!node.outputs.some((o) => reaching.has(o))) continue;
    node.inputs.forEach((v, k) => {
      if (v !== "" && passesGradient(node, k, typeOf)) reaching.add(v);
    });
  }
  for (const from of ["rows", "integers", "cuts"] as const) {
    const active = new Set<string>();
    const sources: string[] = [];
    const data = new Set<string>();
    const begin = (v: string): void => {
      active.add(v);
      sources.push(v);
    };
    for (const { name } of graph.inputs) {
      if (!floating(name) || (from === "cuts" && !reaching.has(name))) data.add(name);
      else if (reaching.has(name)) begin(name);
    }
    for (const node of graph.nodes) {
      const flows = node.inputs.some((v, k) => active.has(v) && passesGradient(node, k, typeOf));
      const fromData = node.inputs.some((v) => data.has(v));
      const begins =
        !flows &&
        fromData &&
        (from === "cuts" ||
          (from === "integers"
            ? node.inputs.some((v) => data.has(v) && !floating(v))
            : traitsOf(node).lookup !== undefined && data.has(node.inputs[1] ?? "")));
      for (const o of node.outputs) {
        if (o === "") continue;
        if (fromData || flows) data.add(o);
        if (!floating(o) || !reaching.has(o)) continue;
        if (flows) active.add(o);
        else if (begins) begin(o);
      }
    }
    if (sources.length > 0) return { active, sources };
  }
  return { active: new Set(), sources: [] };
}
