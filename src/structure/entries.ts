import { readers } from "../graph/graph.js";
import type { Graph, Node } from "../graph/graph.js";
import { chainsOf } from "./chains.js";
import type { Block, Route, Structure } from "./types.js";

/**
 * Returns the routes into those chains of a trunk that begin at a value which other nodes take as well: the experts of a mixture, the streams of a dueling network, the
 * inside of a long skip. What the others add to the gradient of that value is no growth over the chain. Of steps in time it returns those into every one whose state
 * something else takes, too: the layer above, or the output at this step.
 */
export function entriesOf(graph: Graph, structure: Structure): ReadonlyMap<Block, readonly Route[]> {
  const entries = new Map<Block, readonly Route[]>();
  const users = readers(graph);
  for (const chain of chainsOf(structure)) {
    const [first] = chain;
    if (first === undefined || first.kind === "dense") continue;
    const overTime = first.family === "recurrent";
    for (const block of overTime ? chain : [first]) {
      const cut = structure.trunk[block.from]!;
      if (!overTime && (!cut.exact || cut.values.length > 1)) continue;
      // What is computed in it for other steps as well, of a whole sequence at once, brings their gradients to its input: no route through it alone is left.
      const routes = overTime && leaks(graph, block, structure.trunk[block.to]!.values, users) ? [] : routesInto(block, cut.values, users);
      if (routes !== undefined) entries.set(block, routes);
    }
  }
  return entries;
}

/** Tells whether nodes outside of a block take what it computes, besides the values that it ends with. */
function leaks(graph: Graph, block: Block, ends: readonly string[], users: ReadonlyMap<string, readonly Node[]>): boolean {
  const own = new Set(block.nodes);
  const last = new Set(ends);
  return graph.nodes.some((n) => own.has(n.name) && n.outputs.some((o) => !last.has(o) && (users.get(o) ?? []).some((u) => !own.has(u.name))));
}

/** The routes from values into a block; undefined where nothing else takes any of them, or the block takes none. */
function routesInto(block: Block, values: readonly string[], users: ReadonlyMap<string, readonly Node[]>): readonly Route[] | undefined {
  const own = new Set(block.nodes);
  const takers = values.map((from) => ({ from, all: (users.get(from) ?? []).map((n) => n.name) }));
  const routes = takers.map(({ from, all }) => ({ from, users: all.filter((n) => own.has(n)) })).filter((r) => r.users.length > 0);
  const shared = takers.some(({ all }) => all.some((n) => !own.has(n)));
  return shared && routes.length > 0 ? routes : undefined;
}
