import type { Model } from "../graph/graph.js";
import { formatShape, isFloat, sameShape, tensor } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { IsogradError, nearest } from "../util/errors.js";
import { list } from "../util/format.js";
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
  /** The prefix that the checkpoint's names have and the network's lack, "" for none. */
  readonly dropped: string;
  /** The prefix that the network's names have and the checkpoint's lack, "" for none. */
  readonly added: string;
  /** Other prefixes under which the checkpoint holds weights that fit as well. */
  readonly others: readonly string[];
}

/**
 * Puts the weights of a checkpoint into the initializers of the same names, so that one export serves every step of a training run. A prefix that one
 * side has before all of its names is dropped or added. Errors `bind/input`: no weight fits; one has another shape, or another kind of element.
 */
export function withWeights(model: Model, weights: ReadonlyMap<string, Tensor>): Weighted {
  const fail = (at: readonly string[], what: string, expected: string, received: string, fix?: string): never => {
    throw new IsogradError("bind/input", what, { at: [model.name, ...at], expected, received, ...(fix ? { fix } : {}) });
  };
  const initializers = new Map(model.graph.initializers);
  const floats = [...model.graph.initializers].flatMap(([name, t]) => (isFloat(t.dtype) && !model.graph.constants.has(name) ? [name] : []));
  const renaming = renamingOf(weights, model.graph) ?? refuseAll();
  const { dropped, added } = renaming;
  const ignored: string[] = [];
  const taken = new Set<string>();
  for (const [name, given] of weights) {
    if (isBatchCount(name)) continue;
    const place = added + name.slice(dropped.length);
    const own = name.startsWith(dropped) ? initializers.get(place) : undefined;
    if (!own) {
      ignored.push(name);
      continue;
    }
    if (!sameShape(own.shape, given.shape))
      fail([place], `the checkpoint's "${name}" has another shape`, formatShape(own.shape), formatShape(given.shape));
    if (isFloat(own.dtype) !== isFloat(given.dtype)) fail([place], `the checkpoint's "${name}" has another kind of element`, own.dtype, given.dtype);
    initializers.set(place, own.dtype === given.dtype ? given : tensor(own.dtype, own.shape, given.data));
    taken.add(place);
  }
  const kept = floats.filter((name) => !taken.has(name));
  return { model: { ...model, graph: { ...model.graph, initializers } }, replaced: taken.size, kept, ignored, ...renaming };

  /** Refuses a checkpoint none of whose names fits. */
  function refuseAll(): never {
    const names = [...weights.keys()].filter((n) => !isBatchCount(n));
    const near = names.length > 0 ? nearest(names[0]!, model.graph.initializers.keys()) : undefined;
    return fail(
      [],
      "no weight of the checkpoint has the name of an initializer",
      `names like ${list(floats)}`,
      list(names) || "none",
      near ? `did you mean "${near}"?` : "give a checkpoint of this network",
    );
  }
}
