import type { ViewNode } from "./node-kind.js";

/**
 * Computes the immediate dominator of every activation: the nearest value that lies on all paths from the sources to it; undefined where there
 * is none. The dominator tree is built in the order of the nodes, with lowest common ancestors by binary lifting: O(n log n).
 */
export function dominators(nodes: readonly ViewNode[], sources: readonly string[]): (value: string) => string | undefined {
  // Vertex 0 is an artificial root before all sources.
  const values: string[] = [""];
  const index = new Map<string, number>();
  const depth: number[] = [0];
  const up: number[][] = [[0]];
  const ancestor = (v: number, steps: number): number => {
    for (let k = 0; steps > 0; k++, steps >>= 1) if (steps & 1) v = up[k]![v]!;
    return v;
  };
  const meet = (a: number, b: number): number => {
    if (depth[a]! > depth[b]!) a = ancestor(a, depth[a]! - depth[b]!);
    else b = ancestor(b, depth[b]! - depth[a]!);
    if (a === b) return a;
    for (let k = up.length - 1; k >= 0; k--) {
      if (up[k]![a] !== up[k]![b]) [a, b] = [up[k]![a]!, up[k]![b]!];
    }
    return up[0]![a]!;
  };
  const insert = (value: string, parent: number): void => {
    const v = values.length;
    values.push(value);
    index.set(value, v);
    depth.push(depth[parent]! + 1);
    up[0]!.push(parent);
    while (1 << up.length <= depth[v]!) up.push(new Array<number>(v).fill(0));
    for (let k = 1; k < up.length; k++) up[k]!.push(up[k - 1]![up[k - 1]![v]!]!);
  };
  for (const s of sources) if (!index.has(s)) insert(s, 0);
  for (const n of nodes) {
    const inputs = n.inputs.flatMap((v) => index.get(v) ?? []);
    const parent = inputs.length === 0 ? 0 : inputs.reduce(meet);
    for (const o of n.outputs) if (!index.has(o)) insert(o, parent);
  }
  return (value) => {
    const v = index.get(value);
    return v === undefined || up[0]![v] === 0 ? undefined : values[up[0]![v]!];
  };
}
