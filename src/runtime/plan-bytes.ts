import type { Graph } from "../graph/graph.js";
import { bytesOf, sizeOf } from "../graph/tensor.js";
import type { ValueType } from "../graph/tensor.js";
import { peakBytes } from "../passes/memory.js";
import { depthFirst } from "./lowering/depth-first.js";
import { workspaceOf } from "./lowering/workspace.js";
import type { Piece, Plan } from "./pieces.js";

/** What a process takes before it has any graph: Node, this program, onnxruntime. */
const PROGRAM = 192 * 2 ** 20;
/** What the records of a node of a graph take, and what it takes in a session and in the file that one is made from. */
const NODE = 6 * 2 ** 10;
const SESSION_NODE = 14 * 2 ** 10;
/** How often the weights lie in memory at once: as bytes of the file, as tensors, on their way to the thread of the sessions, and there. */
const WEIGHT_COPIES = 4;
/** How often the fed values do. */
const FEED_COPIES = 3;
/** How much more onnxruntime's arena takes than the values that lie in it: its blocks are rounded up, and gaps stay between them. */
const ARENA = 1.2;
/** How much more small pieces take than their values: freed ones lie about until they are collected. */
const GARBAGE = 2.4;
/** An `evaluate` function of an op file holds numbers as doubles. */
const doubles = (t: ValueType): number => 8 * sizeOf(t.shape);

/** Returns the bytes inside a piece, besides what it is fed: for a session in the order in which onnxruntime runs its nodes. */
function insideOf({ graph, evaluated }: Piece, keeps: boolean): number {
  const fed = (bytes: (t: ValueType) => number): number => graph.inputs.reduce((n, i) => n + bytes(graph.types.get(i.name)!), 0);
  if (evaluated) return peakBytes(graph, { bytes: doubles, keeps }) - fed(doubles);
  return ARENA * (peakBytes(depthFirst(graph), { workspace: (node) => workspaceOf(graph, node) }) - fed(bytesOf));
}

/** What hosts a plan. */
export interface PlanHost {
  /** Whether sessions of onnxruntime run its pieces; else the op files evaluate all of it, and free values after their last use. */
  readonly sessions: boolean;
  /** Whether sessions give back the memory of a run after it. */
  readonly lowMemory: boolean;
}

/**
 * Returns the peak memory of a run of the plan, in bytes, as a bound: weights, inputs, values that cross the cuts, and those inside the pieces. The arena of
 * a session keeps the memory of its largest run, so those of all pieces add up, unless memory is to be saved.
 */
export function planBytes(plan: Plan, { sessions, lowMemory }: PlanHost): number {
  const inside = plan.pieces.map((p) => insideOf(sessions ? p : { ...p, evaluated: true }, sessions));
  const kept = sessions && !lowMemory ? inside.reduce((n, b) => n + b, 0) : 0;
  const bytes = sessions ? bytesOf : doubles;
  let live = 0;
  for (const t of plan.weights.values()) live += bytes(t);
  const sizes = new Map<string, number>();
  const hold = (v: string, size: number): void => {
    if (!sizes.has(v) && !plan.weights.has(v)) {
      sizes.set(v, size);
      live += size;
    }
  };
  let peak = live;
  for (const step of plan.steps) {
    const { types } = plan.pieces[step.piece]!.graph;
    for (const [local, v] of step.feeds) hold(v, bytes(types.get(local)!));
    peak = Math.max(peak, live + (kept > 0 ? kept : inside[step.piece]!));
    for (const [local, v] of step.fetches) hold(v, bytes(types.get(local)!));
    peak = Math.max(peak, live + kept);
    for (const v of step.free) {
      live -= sizes.get(v) ?? 0;
      sizes.delete(v);
    }
  }
  return peak;
}

/** Returns the peak memory of the process that runs a plan of a graph, in bytes, as a bound: that of the plan, of the program, and of what is copied on its way. */
export function processBytes(graph: Graph, plan: Plan, host: PlanHost): number {
  const bytes = (values: Iterable<ValueType>): number => [...values].reduce((n, t) => n + bytesOf(t), 0);
  const typesOf = (names: readonly string[]): ValueType[] => names.map((n) => graph.types.get(n)!);
  return (
    PROGRAM +
    NODE * graph.nodes.length +
    SESSION_NODE * plan.pieces.reduce((n, p) => n + p.graph.nodes.length, 0) +
    (WEIGHT_COPIES - 1) * bytes(plan.weights.values()) +
    (FEED_COPIES - 1) * bytes(typesOf(graph.inputs.map((i) => i.name))) +
    bytes(typesOf(graph.outputs)) +
    (host.lowMemory ? GARBAGE : 1) * planBytes(plan, host)
  );
}
