import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { evaluateInto } from "../passes/evaluated.js";
import { checkFeeds } from "./feeds.js";
import type { Values } from "./runtime.js";

// Graphs by the `evaluate` functions of the op files: float64 arithmetic, whatever the dtypes.

/** Milliseconds of computation after which an evaluation lets the event loop continue. */
const YIELD_AFTER_MS = 40;

/** Evaluates a bound graph synchronously in float64 arithmetic, without rounding to its dtypes: for tests and small graphs. Errors: `batch/…`. */
export function evaluateGraph(graph: Graph, feeds: Values): Values {
  checkFeeds(graph, feeds);
  const values = new Map<string, Tensor>([...graph.initializers, ...feeds]);
  graph.nodes.forEach((_, i) => evaluateInto(values, graph, i));
  return new Map(graph.outputs.map((o) => [o, values.get(o)!]));
}

/** Returns a function that evaluates a bound graph in slices, between which the event loop continues. Values are freed after their last use. */
export function inSlices(graph: Graph): (feeds: Values) => Promise<Values> {
  const freeAfter = lastUses(graph);
  return async (feeds) => {
    const values = new Map<string, Tensor>([...graph.initializers, ...feeds]);
    let resumed = performance.now();
    for (let i = 0; i < graph.nodes.length; i++) {
      evaluateInto(values, graph, i);
      for (const dead of freeAfter[i]!) values.delete(dead);
      if (performance.now() - resumed > YIELD_AFTER_MS) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        resumed = performance.now();
      }
    }
    return new Map(graph.outputs.map((o) => [o, values.get(o)!]));
  };
}

/** Returns, for each node, the values that no later node uses: they can be freed after it. */
function lastUses(graph: Graph): readonly (readonly string[])[] {
  const kept = new Set([...graph.outputs, ...graph.initializers.keys()]);
  const result: string[][] = graph.nodes.map(() => []);
  const seen = new Set<string>();
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i]!;
    for (const v of [...node.inputs, ...node.outputs]) {
      if (v === "" || kept.has(v) || seen.has(v)) continue;
      seen.add(v);
      result[i]!.push(v);
    }
  }
  return result;
}
