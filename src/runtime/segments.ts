import type { Graph, Node } from "../graph/graph.js";
import { formatType, isFloat } from "../graph/tensor.js";
import { numbered, repetition } from "./periods.js";

/** The most nodes of a segment, even where no single value separates it from the next. */
const SEGMENT_LIMIT = 400;
/** How often a sequence of ops follows itself where it is a loop that was unrolled. */
const FEWEST_STEPS = 4;
/** A list of at most so many nodes is not searched for steps. */
const SHORT = 96;

/** Cuts a list of forward nodes wherever at most one activation is alive. Values with a long life, such as masks, do not count. */
export function narrowSegments(graph: Graph, nodes: readonly Node[]): Node[][] {
  const born = new Map<string, number>();
  const lastUse = new Map<string, number>();
  nodes.forEach((n, i) => {
    for (const o of n.outputs) if (o !== "" && isFloat(graph.types.get(o)?.dtype ?? "bool")) born.set(o, i);
    for (const v of n.inputs) if (born.has(v)) lastUse.set(v, i);
  });
  const longLife = Math.max(200, nodes.length / 4);
  const delta = new Int32Array(nodes.length + 1);
  for (const [v, from] of born) {
    const to = lastUse.get(v);
    if (to === undefined || to - from > longLife) continue;
    delta[from + 1]!++;
    delta[to + 1]!--;
  }
  const segments: Node[][] = [];
  let current: Node[] = [];
  let alive = 0;
  nodes.forEach((n, i) => {
    alive += delta[i]!;
    if (current.length > 0 && alive <= 1) {
      segments.push(...stepSegments(graph, current));
      current = [];
    }
    current.push(n);
  });
  return [...segments, ...stepSegments(graph, current)];
}

/** Cuts a long list of nodes that no single value separates: one segment for each step of an unrolled loop, the others as large as they may be. */
function stepSegments(graph: Graph, nodes: Node[]): Node[][] {
  if (nodes.length <= SHORT) return nodes.length > 0 ? [nodes] : [];
  const typeOf = (v: string): string => (graph.types.has(v) ? formatType(graph.types.get(v)!) : "");
  const keys = numbered(nodes.map((n) => `${n.op}(${n.inputs.map(typeOf).join()})${n.outputs.map(typeOf).join()}`));
  const segments: Node[][] = [];
  let open = 0;
  const close = (to: number): void => {
    if (to > open) segments.push(nodes.slice(open, to));
    open = to;
  };
  for (let i = 0; i < nodes.length;) {
    const { period, repeats } = repetition(keys, i);
    if (repeats < FEWEST_STEPS) {
      if (++i - open >= SEGMENT_LIMIT) close(i);
      continue;
    }
    close(i);
    for (let k = 0; k < repeats; k++) close((i += period));
  }
  close(nodes.length);
  return segments;
}
