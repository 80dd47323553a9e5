import type { Graph, Merged, Node } from "../graph/graph.js";
import { isMadeUp } from "../graph/module-path.js";
import { isFloat, sameShape } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { isUniform, lastPart, nameAt, nameByPort, rewired, sameValues, usesIn } from "./tensor-uses.js";
import type { Use } from "./tensor-uses.js";

/** A network made ready for the weights of a checkpoint: a tensor of its own for each that the checkpoint tells apart. */
export interface Apart {
  readonly graph: Graph;
  /** Names that the checkpoint has for a tensor that another name in it fills: tied weights. */
  readonly tied: ReadonlySet<string>;
}

type Changes = Map<Node, Map<number, string>>;

const change = (changes: Changes, { node, port }: Use, name: string): void => {
  changes.set(node, (changes.get(node) ?? new Map<number, string>()).set(port, name));
};

/**
 * Compares the initializers that several nodes take with what a checkpoint has for these places (`given`, by the names of the network): where it holds different numbers,
 * they become several tensors; where it holds the same under each name, they are tied and stay one, even those that looked merged.
 */
export function apartIn(graph: Graph, merged: readonly Merged[], given: ReadonlyMap<string, Tensor>): Apart {
  const tied = new Set<string>();
  const joined = rejoined(graph, merged, given, tied);
  const initializers = new Map(joined.initializers);
  const changes: Changes = new Map();
  const all = usesIn(joined);
  for (const [name, value] of joined.initializers) {
    const uses = all.get(name) ?? [];
    // What an exporter computed is no tensor of the checkpoint.
    if (uses.length < 2 || !isFloat(value.dtype) || joined.constants.has(name) || isMadeUp(name)) continue;
    const places = uses.flatMap((use) => {
      const at = placeIn(use, name, value, uses, joined, given);
      return at === undefined ? [] : [{ use, at, tensor: given.get(at)! }];
    });
    const [first] = places;
    if (!first) continue;
    const own = given.get(name);
    if (own === undefined && places.every((p) => sameValues(p.tensor, first.tensor)) && (places.length === uses.length || !isUniform(value))) {
      // The checkpoint has it under the name of another of its places.
      initializers.delete(name);
      initializers.set(first.at, value);
      for (const use of uses) if (!use.nested) change(changes, use, first.at);
      if (uses.some((u) => u.nested)) initializers.set(name, value);
      for (const p of places) if (p.at !== first.at) tied.add(p.at);
      continue;
    }
    for (const { use, at, tensor } of places) {
      if (own && sameValues(own, tensor)) tied.add(at);
      else {
        initializers.set(at, value);
        change(changes, use, at);
      }
    }
    if (own === undefined && places.length === uses.length && !joined.outputs.includes(name)) initializers.delete(name);
  }
  return { graph: { ...rewired(joined, changes), initializers }, tied };
}

/**
 * Returns the checkpoint's name for what a use takes, where it is none of the file: by the module as it is called, or as it is called where it runs first; of what is one
 * number also the only tensor of its shape that the checkpoint has in this module and the file lacks.
 */
function placeIn(
  use: Use,
  name: string,
  value: Tensor,
  uses: readonly Use[],
  { initializers }: Graph,
  given: ReadonlyMap<string, Tensor>,
): string | undefined {
  const fits = (at: string): boolean => !initializers.has(at) && given.has(at) && sameShape(given.get(at)!.shape, value.shape);
  for (const module of new Set([use.module, use.first])) {
    const at = nameAt(use, name, uses, true, module);
    if (at === name) return undefined;
    if (at !== undefined && fits(at)) return at;
  }
  if (use.first === "" || name.startsWith(`${use.first}.`) || nameByPort(use) !== undefined || !isUniform(value)) return undefined;
  const inside = [...given.keys()].filter((n) => n.startsWith(`${use.first}.`) && !n.slice(use.first.length + 1).includes(".") && fits(n));
  return inside.length === 1 ? inside[0] : undefined;
}

/** Makes one tensor again of those that their places told apart, where the checkpoint has the same numbers for both that no initialiser makes. */
function rejoined(graph: Graph, merged: readonly Merged[], given: ReadonlyMap<string, Tensor>, tied: Set<string>): Graph {
  const back = new Map<string, string>();
  for (const { name, of, by } of merged) {
    const [own, other] = [given.get(name), given.get(of)];
    if (by === "place" && own && other && !isUniform(own) && sameValues(own, other)) back.set(name, of);
  }
  if (back.size === 0) return graph;
  const initializers = new Map([...graph.initializers].filter(([name]) => !back.has(name)));
  const changes: Changes = new Map();
  const uses = usesIn(graph);
  for (const [name, of] of back) {
    tied.add(name);
    for (const use of uses.get(name) ?? []) change(changes, use, of);
  }
  return { ...rewired(graph, changes), initializers };
}

/** An initializer that several places take, of which a checkpoint may have a tensor each. */
export interface Unclear {
  readonly name: string;
  /** How many places take it. */
  readonly uses: number;
  /** The checkpoint's tensors that could be meant. */
  readonly candidates: readonly string[];
}

/** A weight of the checkpoint, and what the network calls it. */
export interface Left {
  readonly name: string;
  /** Undefined where it belongs to another network. */
  readonly place: string | undefined;
  readonly value: Tensor;
}

/**
 * Finds the initializers that several places take, which the names of nodes do not tell apart, while the checkpoint has more tensors of that shape than the
 * network has names for: which goes where cannot be told. Of initializers that are not one number only tensors called alike count, since many are tied. `filled` are the names that took a weight, `left` what the checkpoint has besides.
 */
export function unclearIn(graph: Graph, merged: readonly Merged[], filled: ReadonlyMap<string, Tensor>, left: readonly Left[]): readonly Unclear[] {
  // An exporter that names what it merged leaves nothing unclear.
  if (left.length === 0 || merged.some((m) => m.by === "name")) return [];
  const all = usesIn(graph);
  return [...graph.initializers].flatMap(([name, value]): Unclear[] => {
    const uses = all.get(name) ?? [];
    if (uses.length < 2 || !isFloat(value.dtype) || graph.constants.has(name) || isMadeUp(name)) return [];
    const places = new Set(uses.map((u, i) => nameAt(u, name, uses) ?? String(i)));
    // A module may take several of its tensors at ports that do not tell them apart.
    const modules = new Set(uses.flatMap((u) => (u.first === "" || nameByPort(u) !== undefined ? [] : [u.first])));
    const own = filled.get(name);
    const uniform = isUniform(value);
    const candidates = left.filter(
      ({ place, value: other }) =>
        place !== undefined &&
        (uniform || lastPart(place) === lastPart(name)) &&
        sameShape(other.shape, value.shape) &&
        !(own && sameValues(own, other)) &&
        (places.size > 1 || modules.has(place.slice(0, Math.max(0, place.lastIndexOf("."))))),
    );
    return candidates.length === 0 ? [] : [{ name, uses: uses.length, candidates: candidates.map((c) => c.name) }];
  });
}
