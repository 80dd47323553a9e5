import type { Graph } from "../graph/graph.js";
import { isFloat } from "../graph/tensor.js";
import { flowsThrough, traitsOf } from "../ops/registry.js";

/** Which values of a bound graph are activations, and where they begin. */
export interface Activity {
  /** Float values that depend on a source, and that the target depends on. */
  readonly active: ReadonlySet<string>;
  /** Where activations begin: float inputs and looked-up rows, in the order of the graph. */
  readonly sources: readonly string[];
}

/**
 * The activations between a network's inputs and `target`: float values that depend on a float input or on a table row looked up by an
 * integer input. Where there are none of these, floats made from integer inputs begin the paths.
 */
export function activityOf(graph: Graph, target: string): Activity {
  const typeOf = (v: string) => graph.types.get(v);
  const floating = (v: string): boolean => v !== "" && isFloat(typeOf(v)?.dtype ?? "bool");
  const reaching = new Set([target]);
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i]!;
    if (!node.outputs.some((o) => reaching.has(o))) continue;
    node.inputs.forEach((v, k) => {
      if (v !== "" && flowsThrough(node, k, typeOf)) reaching.add(v);
    });
  }
  for (const madeOfIntegers of [false, true]) {
    const active = new Set<string>();
    const sources: string[] = [];
    const data = new Set<string>();
    const begin = (v: string): void => {
      active.add(v);
      sources.push(v);
    };
    for (const { name } of graph.inputs) {
      if (!floating(name)) data.add(name);
      else if (reaching.has(name)) begin(name);
    }
    for (const node of graph.nodes) {
      const flows = node.inputs.some((v, k) => active.has(v) && flowsThrough(node, k, typeOf));
      const fromData = node.inputs.some((v) => data.has(v));
      const begins =
        !flows &&
        fromData &&
        (madeOfIntegers
          ? node.inputs.some((v) => data.has(v) && !floating(v))
          : traitsOf(node).lookup !== undefined && data.has(node.inputs[1] ?? ""));
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
