import type { Graph, Node } from "../graph/graph.js";
import { bytesOf } from "../graph/tensor.js";
import type { ValueType } from "../graph/tensor.js";
import { refuseBytes } from "../util/errors.js";

/** How an executor uses memory; the defaults are those of one that frees every value after its last use. */
export interface MemoryUse {
  /** Bytes of a value (default: by its element type). */
  readonly bytes?: (type: ValueType) => number;
  /** Bytes that a node takes while it runs, besides its inputs and outputs. */
  readonly workspace?: (node: Node) => number;
  /** Whether values are kept to the end of the run. */
  readonly keeps?: boolean;
}

/** Returns the peak memory of a run of a bound graph, in bytes: weights, inputs, and live values, which are freed after their last use. */
export function peakBytes(graph: Graph, { bytes = bytesOf, workspace = () => 0, keeps = false }: MemoryUse = {}): number {
  /** Bytes that stay allocated during the whole run. */
  let fixed = 0;
  for (const t of graph.initializers.values()) fixed += bytes(t);
  for (const i of graph.inputs) fixed += bytes(graph.types.get(i.name)!);
  const held = new Set([...graph.initializers.keys(), ...graph.inputs.map((i) => i.name)]);
  const lastUse = new Map<string, number>();
  graph.nodes.forEach((n, i) => n.inputs.forEach((v) => lastUse.set(v, i)));
  for (const o of graph.outputs) lastUse.set(o, Infinity);
  let live = 0;
  let peak = 0;
  graph.nodes.forEach((n, i) => {
    for (const o of n.outputs) if (o !== "") live += bytes(graph.types.get(o)!);
    peak = Math.max(peak, live + workspace(n));
    if (keeps) return;
    for (const v of new Set([...n.inputs, ...n.outputs])) {
      if (v !== "" && !held.has(v) && (lastUse.get(v) ?? -1) <= i) live -= bytes(graph.types.get(v)!);
    }
  });
  return fixed + peak;
}

/**
 * Refuses a graph whose run would take more than `limit` bytes, before anything is allocated. `peak` is the runtime's estimate; `held` are bytes that are
 * held besides. Error `memory/limit`.
 */
export function refuseTooLarge(graph: Graph, limit: number, peak: (graph: Graph) => number = peakBytes, held = 0): void {
  if (limit === Infinity) return;
  const need = peak(graph) + held;
  if (need > limit) refuseBytes("this run would take about", need, limit);
}
