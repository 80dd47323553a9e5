import type { Graph } from "../graph/graph.js";
import { allocate, isFloat, sizeOf } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { drawInputs } from "../train/draw.js";
import { stream } from "../util/random.js";

/** How the examples of a trial are made: `gaussian` draws every float from N(0, 1), and integers as a check-up does. */
export const INPUTS = ["gaussian"] as const;
export type InputKind = (typeof INPUTS)[number];

/** The inputs of a bound network, drawn: a function of the seed and each input's name; the same as a check-up draws. */
export function drawBatch(graph: Graph, _kind: InputKind, seed: number): ReadonlyMap<string, Tensor> {
  const types = graph.inputs.map(({ name }) => ({ name, ...graph.types.get(name)! }));
  if (!types.every((t) => isFloat(t.dtype))) return drawInputs(graph, seed).tensors;
  return new Map(
    types.map(({ name, dtype, shape }) => {
      const data = allocate(dtype, sizeOf(shape)) as Float32Array | Float64Array;
      return [name, { dtype, shape, data: stream(seed, `input/${name}`).normals(data) }];
    }),
  );
}
