import type { Graph, Model } from "../graph/graph.js";
import { formatShape, isFloat, sameShape, tensor } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { IsogradError, nearest } from "../util/errors.js";
import { list } from "../util/format.js";
import { apartIn, unclearIn } from "./shared-weights.js";
import type { Left, Unclear } from "./shared-weights.js";
import { isBatchCount, renamingOf } from "./weight-names.js";

/** A network with the weights of a checkpoint, and what became of each. */
export interface Weighted {
  readonly model: Model;
  /** How many initializers have a weight of the checkpoint. */
  readonly replaced: number;
  /** The float initializers that the checkpoint lacks. They keep their values. */
  readonly kept: readonly string[];
  /** The weights that the network has no initializer for, but for counts of batches. */
  readonly ignored: readonly string[];
  /** The weights that are one with another in the network, and equal to it. */
  readonly tied: readonly string[];
  /** The initializers that are several tensors of the checkpoint, nobody can tell which. They keep their values. */
  readonly unclear: readonly Unclear[];
  /** The prefix that the checkpoint's names have and the network's lack, "" for none. */
  readonly dropped: string;
  /** The prefix that the network's names have and the checkpoint's lack, "" for none. */
  readonly added: string;
  /** Other prefixes under which the checkpoint holds weights that fit as well. */
  readonly others: readonly string[];
}

/**
 * Puts the weights of a checkpoint into the initializers of the same names, so that one export serves every step of a training run. A prefix that one
 * side has before all of its names is dropped or added. An initializer that the exporter merged of several takes the weight of each where names or places tell them
 * apart; where they do not, it keeps its values. Errors `bind/input`: no weight fits; one has another shape, or another kind of element.
 */
export function withWeights(model: Model, weights: ReadonlyMap<string, Tensor>): Weighted {
  const fail = (at: readonly string[], what: string, expected: string, received: string, fix?: string): never => {
    throw new IsogradError("bind/input", what, { at: [model.name, ...at], expected, received, ...(fix ? { fix } : {}) });
  };
  const floatsOf = ({ initializers, constants }: Graph): string[] =>
    [...initializers].flatMap(([name, t]) => (isFloat(t.dtype) && !constants.has(name) ? [name] : []));
  const renaming = renamingOf(weights, model.graph) ?? refuseAll();
  const { dropped, added } = renaming;
  const given = new Map<string, Tensor>();
  const nameOf = (place: string): string => dropped + place.slice(added.length);
  const left: Left[] = [];
  for (const [name, value] of weights) {
    if (isBatchCount(name)) continue;
    if (name.startsWith(dropped)) given.set(added + name.slice(dropped.length), value);
    else left.push({ name, place: undefined, value });
  }
  const { merged = [] } = model;
  const { graph, tied } = apartIn(model.graph, merged, given);
  const initializers = new Map(graph.initializers);
  const taken = new Map<string, Tensor>();
  for (const [place, value] of given) {
    const name = nameOf(place);
    const own = graph.initializers.get(place);
    if (!own) {
      if (!tied.has(place)) left.push({ name, place, value });
      continue;
    }
    if (!sameShape(own.shape, value.shape))
      fail([place], `the checkpoint's "${name}" has another shape`, formatShape(own.shape), formatShape(value.shape));
    if (isFloat(own.dtype) !== isFloat(value.dtype)) fail([place], `the checkpoint's "${name}" has another kind of element`, own.dtype, value.dtype);
    initializers.set(place, own.dtype === value.dtype ? value : tensor(own.dtype, own.shape, value.data));
    taken.set(place, value);
  }
  const unclear = unclearIn(graph, merged, taken, left).map(({ name, uses, candidates }): Unclear => {
    initializers.set(name, graph.initializers.get(name)!);
    return { name, uses, candidates: taken.delete(name) ? [nameOf(name), ...candidates] : candidates };
  });
  const ignored = new Set([...left.map((l) => l.name), ...unclear.flatMap((u) => (given.has(u.name) ? [nameOf(u.name)] : []))]);
  const kept = floatsOf(graph).filter((name) => !taken.has(name) && !unclear.some((u) => u.name === name));
  return {
    model: { ...model, graph: { ...graph, initializers } },
    replaced: taken.size,
    kept,
    ignored: [...weights.keys()].filter((name) => ignored.has(name)),
    tied: [...tied].map(nameOf),
    unclear,
    ...renaming,
  };

  /** Refuses a checkpoint none of whose names fits. */
  function refuseAll(): never {
    const names = [...weights.keys()].filter((n) => !isBatchCount(n));
    if (names.length === 0)
      fail(
        [],
        "the checkpoint has no weights",
        `names like ${list(floatsOf(model.graph))}`,
        list([...weights.keys()]) || "none",
        "give a checkpoint of this network",
      );
    const near = names.length > 0 ? nearest(names[0]!, model.graph.initializers.keys()) : undefined;
    return fail(
      [],
      "no weight of the checkpoint has the name of an initializer",
      `names like ${list(floatsOf(model.graph))}`,
      list(names.map((n) => n || "a tensor without a name")),
      near ? `did you mean "${near}"?` : "give a checkpoint of this network",
    );
  }
}
