import { producers } from "../graph/graph.js";
import type { Graph, Node } from "../graph/graph.js";
import { isFloat } from "../graph/tensor.js";
import type { ValueType } from "../graph/tensor.js";
import { opNamed, passesGradient } from "../ops/registry.js";
import type { Bound } from "../passes/bind.js";

/** Where a tensor of a file leads, to which no gradient of an output comes back. */
export interface Apart {
  /** The nearest node on its way to that output that lets no gradient back, such as a Round; null where no way leads there. */
  readonly cut: { readonly node: string; readonly op: string } | null;
  /** The first other output of the file to which it leads, one from which a gradient comes back before others; null where there is none. */
  readonly output: string | null;
}

/** The type of values in parts of the file that were not bound. */
const FLOAT: ValueType = { dtype: "float32", shape: [] };

/**
 * Tells of tensors of a file why no gradient comes back to them from `output`; those to which one does are left out. All of the file is read, other outputs
 * too, but no subgraphs. Linear in the size of the graph.
 */
export function apartFrom({ model, graph: { types }, valueOf }: Bound, output: string, tensors: Iterable<string>): ReadonlyMap<string, Apart> {
  const { graph } = model;
  const typeOf = (v: string): ValueType => types.get(valueOf(v) ?? "") ?? FLOAT;
  // A cast to integers has a rule, but what it makes has no gradient.
  const passes = (n: Node, i: number): boolean =>
    opNamed(n.op, n.domain) !== undefined && passesGradient(n, i, typeOf) && n.outputs.some((o) => isFloat(typeOf(o).dtype));
  const always = (): boolean => true;
  const walk = walker(graph);
  const reached = walk([[output, true]], passes);
  const dependent = walk([[output, true]], always);
  const others = graph.outputs.filter((o) => o !== output).map((o) => [o, o] as const);
  const [trained, served] = [walk(others, passes), walk(others, always)];
  const cuts = walk(
    graph.nodes.flatMap((n) =>
      n.outputs.some((o) => dependent.has(o)) ? n.inputs.flatMap((v, i) => (v === "" || passes(n, i) ? [] : [[v, n] as const])) : [],
    ),
    passes,
  );
  const found = new Map<string, Apart>();
  for (const name of tensors) {
    if (reached.has(name)) continue;
    const cut = cuts.get(name);
    found.set(name, { cut: cut ? { node: cut.name, op: cut.op } : null, output: trained.get(name) ?? served.get(name) ?? null });
  }
  return found;
}

/** Goes from values back to those that they depend on, by the inputs that `follows` allows, and gives each the mark of the nearest. */
function walker(graph: Graph): <T>(starts: readonly (readonly [string, T])[], follows: (n: Node, i: number) => boolean) => ReadonlyMap<string, T> {
  const makers = producers(graph);
  return (starts, follows) => {
    const marks = new Map<string, (typeof starts)[number][1]>();
    const queue = [...starts];
    for (let at = 0; at < queue.length; at++) {
      const [value, mark] = queue[at]!;
      if (marks.has(value)) continue;
      marks.set(value, mark);
      const n = makers.get(value);
      n?.inputs.forEach((v, i) => {
        if (v !== "" && !marks.has(v) && follows(n, i)) queue.push([v, mark]);
      });
    }
    return marks;
  };
}
