import type { ViewNode } from "./node-kind.js";
import type { Subgraph } from "./subgraph.js";

/** The fewest steps that read one value, or that one node collects the outputs of. */
const FEWEST = 4;
/** The least share of a subgraph's nodes over which they are spread. */
const SPREAD = 1 / 3;

/**
 * The nodes of a subgraph without the edges that run beside its steps: from a value that many of them read (a memory that a decoder attends to at every step),
 * but to the first of these, and into a node that collects what many of them give (the outputs of an encoder), but from the last of these. Undefined where there
 * are none. Linear in the number of edges.
 */
export function withoutSideEdges(subgraph: Subgraph): readonly ViewNode[] | undefined {
  const { nodes, source, target } = subgraph;
  const made = new Map<string, number>();
  const users = new Map<string, number[]>();
  nodes.forEach((n, i) => {
    for (const o of n.outputs) made.set(o, i);
    for (const v of new Set(n.inputs)) {
      const own = users.get(v);
      if (own) own.push(i);
      else users.set(v, [i]);
    }
  });
  const far = (first: number, last: number): boolean => last - first > SPREAD * nodes.length;
  const read = (v: string): boolean => {
    const own = users.get(v)!;
    return v !== source && made.has(v) && own.length >= FEWEST && far(own[0]!, own[own.length - 1]!);
  };
  const beside = new Set([...users.keys()].filter(read));
  let left = false;
  const kept = nodes.map((n, i): ViewNode => {
    const births = [...new Set(n.inputs)].flatMap((v) => made.get(v) ?? []);
    const last = Math.max(...births);
    const collects = births.length >= FEWEST && !n.outputs.includes(target) && far(Math.min(...births), last);
    const inputs = n.inputs.filter((v) => !(beside.has(v) && users.get(v)![0] !== i) && !(collects && made.get(v) !== last));
    if (inputs.length === n.inputs.length) return n;
    left = true;
    return { ...n, inputs };
  });
  return left ? kept : undefined;
}
