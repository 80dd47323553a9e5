import type { Model } from "../graph/graph.js";
import { formatShape, isFloat, sameShape, tensor } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { IsogradError, nearest } from "../util/errors.js";

/**
 * Puts the weights of a checkpoint into the initializers of the same names, so that one export serves every step of a training
 * run. Initializers that the checkpoint lacks keep their values (`kept` names the float ones); `replaced` counts the weights.
 * Error `bind/input`: the network lacks a name, or has it in another shape.
 */
export function withWeights(
  model: Model,
  weights: ReadonlyMap<string, Tensor>,
): { readonly model: Model; readonly replaced: number; readonly kept: readonly string[] } {
  const initializers = new Map(model.graph.initializers);
  for (const [name, given] of weights) {
    const own = initializers.get(name);
    const fail = (what: string, expected: string, received: string, fix?: string): never => {
      throw new IsogradError("bind/input", what, { at: [model.name, name], expected, received, ...(fix ? { fix } : {}) });
    };
    if (!own) {
      const near = nearest(name, initializers.keys());
      return fail(
        `the checkpoint holds "${name}", which is no initializer of the network`,
        "names of initializers",
        name,
        near ? `did you mean "${near}"?` : undefined,
      );
    }
    if (!sameShape(own.shape, given.shape)) fail(`the checkpoint's "${name}" has another shape`, formatShape(own.shape), formatShape(given.shape));
    if (isFloat(own.dtype) !== isFloat(given.dtype)) fail(`the checkpoint's "${name}" has another kind of element`, own.dtype, given.dtype);
    initializers.set(name, own.dtype === given.dtype ? given : tensor(own.dtype, own.shape, given.data));
  }
  const floats = [...model.graph.initializers].filter(([name, t]) => isFloat(t.dtype) && !model.graph.constants.has(name));
  const kept = floats.map(([name]) => name).filter((name) => !weights.has(name));
  return { model: { ...model, graph: { ...model.graph, initializers } }, replaced: weights.size, kept };
}
