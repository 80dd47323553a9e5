import type { Graph } from "../graph/graph.js";
import { bytesOf } from "../graph/tensor.js";
import { refuseBytes } from "../util/errors.js";

/** The most bytes that a run of a bound graph holds at once when values are freed after their last use: weights, inputs and live values. */
export function peakBytes(graph: Graph): number {
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

/** Refuses a graph that would need more than `limit` bytes, by a runtime's own count of its peak, before anything is allocated for it. Error `memory/limit`. */
export function refuseTooLarge(graph: Graph, limit: number, peak: (graph: Graph) => number = peakBytes): void {
  const need = peak(graph);
  if (need > limit) refuseBytes("this run would take about", need, limit);
}
