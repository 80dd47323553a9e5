import { peakBytes } from "../passes/memory.js";
import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { evaluateNode } from "../ops/registry.js";
import { checkFeeds, checkWeights } from "./feeds.js";
import type { Executable, Runtime, Values } from "./runtime.js";

/**
 * Returns the runtime that other runtimes are tested against: it runs graphs by the `evaluate` function of each op, in float64
 * arithmetic whatever the dtypes. Values are freed after their last use.
 */
export function referenceRuntime(): Runtime {
  return {
    name: "reference",
    peakBytes,
    prepare: (graph) => Promise.resolve(executable(graph)),
    close: () => Promise.resolve(),
  };
}

/** Milliseconds of computation after which a run lets the event loop continue. */
const YIELD_AFTER_MS = 40;

function executable(graph: Graph): Executable {
  const freeAfter = lastUses(graph);
  return {
    async run(feeds, weights = new Map()) {
      checkFeeds(graph, feeds);
      checkWeights(graph, weights, () => false);
      const values = new Map<string, Tensor>([...graph.initializers, ...weights, ...feeds]);
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
    },
    dispose: () => Promise.resolve(),
  };
}

/** Evaluates node `i` of a graph, and adds its outputs to `values`. */
function evaluateInto(values: Map<string, Tensor>, graph: Graph, i: number): void {
  const node = graph.nodes[i]!;
  const inputs = node.inputs.map((v) => (v === "" ? undefined : values.get(v)));
  const out = node.outputs.map((o) => graph.types.get(o) ?? { dtype: "float32" as const, shape: [] });
  const results = evaluateNode(node, inputs, out);
  node.outputs.forEach((o, k) => {
    if (o !== "") values.set(o, results[k]!);
  });
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

/** Evaluates a bound graph synchronously in float64 arithmetic, without rounding to its dtypes: for tests and small graphs. Errors: `batch/…`. */
export function evaluateGraph(graph: Graph, feeds: Values): Values {
  checkFeeds(graph, feeds);
  const values = new Map<string, Tensor>([...graph.initializers, ...feeds]);
  graph.nodes.forEach((_, i) => evaluateInto(values, graph, i));
  return new Map(graph.outputs.map((o) => [o, values.get(o)!]));
}
