import type { Graph } from "../graph/graph.js";
import { chainsOf } from "./chains.js";
import type { Block, Structure, Route } from "./types.js";

/**
 * Returns the routes into those chains of a trunk that begin at a value which other nodes take as well: the experts of a mixture, the streams of a dueling network, the
 * inside of a long skip. What the others add to the gradient of that value is no growth over the chain. Steps in time are left out: there every state is taken twice.
 */
export function entriesOf(graph: Graph, structure: Structure): ReadonlyMap<Block, Route> {
  const entries = new Map<Block, Route>();
  for (const [first] of chainsOf(structure)) {
    if (first === undefined || first.family === "recurrent" || first.kind === "dense") continue;
    const cut = structure.trunk[first.from]!;
    const [from] = cut.values;
    if (from === undefined || cut.values.length > 1 || !cut.exact) continue;
    const own = new Set(first.nodes);
    const takers = graph.nodes.filter((n) => n.inputs.includes(from)).map((n) => n.name);
    const users = takers.filter((n) => own.has(n));
    if (users.length > 0 && users.length < takers.length) entries.set(first, { from, users });
  }
  return entries;
}
