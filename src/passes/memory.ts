import type { Graph } from "../graph/graph.js";
import { bytesOf } from "../graph/tensor.js";
import { refuseBytes } from "../util/errors.js";

/** Returns the peak memory of a run of a bound graph, in bytes: weights, inputs, and live values, which are freed after their last use. */
export function peakBytes(graph: Graph): number {
  /** Bytes that stay allocated during the whole run. */
  let fixed = 0;
  for (const t of graph.initializers.values()) fixed += bytesOf(t);
  for (const i of graph.inputs) fixed += bytesOf(graph.types.get(i.name)!);
  const held = new Set([...graph.initializers.keys(), ...graph.inputs.map((i) => i.name)]);
  const lastUse = new Map<string, number>();
  graph.nodes.forEach((n, i) => n.inputs.forEach((v) => lastUse.set(v, i)));
  for (const o of graph.outputs) lastUse.set(o, Infinity);
  let live = 0;
  let peak = 0;
  graph.nodes.forEach((n, i) => {
    for (const o of n.outputs) if (o !== "") live += bytesOf(graph.types.get(o)!);
    peak = Math.max(peak, live);
    for (const v of new Set([...n.inputs, ...n.outputs])) {
      if (v !== "" && !held.has(v) && (lastUse.get(v) ?? -1) <= i) live -= bytesOf(graph.types.get(v)!);
    }
  });
  return fixed + peak;
}

/**
 * Refuses a graph whose run would take more than `limit` bytes, before anything is allocated. `peak` is the runtime's estimate.
 * Error `memory/limit`.
 */
export function refuseTooLarge(graph: Graph, limit: number, peak: (graph: Graph) => number = peakBytes): void {
  const need = peak(graph);
  if (need > limit) refuseBytes("this run would take about", need, limit);
}
