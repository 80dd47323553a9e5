import type { Graph } from "../graph/graph.js";
import { allocate, isFloat, sizeOf, tensor } from "../graph/tensor.js";
import type { Tensor, ValueType } from "../graph/tensor.js";
import { drawInputs } from "./drawn-inputs.js";
import { stream } from "../util/random.js";

/**
 * How the examples of a trial are drawn. `gaussian` draws every float from N(0, 1), and integers as a check-up does. `manifold` draws every example
 * x [n] from one random subspace of r = min(⌈n/8⌉, 64) dimensions: x = G·c/√r with G [n, r], common to all examples, and c [r] from N(0, 1). The
 * elements have mean square 1, and the data a covariance of rank r.
 */
export const INPUTS = ["gaussian", "manifold"] as const;
export type InputKind = (typeof INPUTS)[number];

/** Draws the inputs of a bound network, as a function of the seed and each input's name; `gaussian` ones are those that a check-up draws. */
export function drawBatch(graph: Graph, kind: InputKind, seed: number): ReadonlyMap<string, Tensor> {
  const types = graph.inputs.map(({ name }) => ({ name, ...graph.types.get(name)! }));
  if (!types.every((t) => isFloat(t.dtype))) return drawInputs(graph, seed).tensors;
  return new Map(
    types.map(({ name, dtype, shape }) => {
      const data = allocate(dtype, sizeOf(shape)) as Float32Array | Float64Array;
      if (kind === "manifold") return [name, { dtype, shape, data: onSubspace(data, shape[0] ?? 1, seed, name) }];
      return [name, { dtype, shape, data: stream(seed, `input/${name}`).normals(data) }];
    }),
  );
}

/** Fills `data` [rows, n] with examples x = G·c/√r. */
function onSubspace(data: Float32Array | Float64Array, rows: number, seed: number, name: string): Float32Array | Float64Array {
  const size = data.length / rows;
  const rank = Math.min(64, Math.ceil(size / 8));
  const g = stream(seed, `input/${name}/subspace`).normals(new Float64Array(size * rank));
  const c = stream(seed, `input/${name}`).normals(new Float64Array(rows * rank), 1 / Math.sqrt(rank));
  for (let e = 0; e < rows; e++) {
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let j = 0; j < rank; j++) sum += g[i * rank + j]! * c[e * rank + j]!;
      data[e * size + i] = sum;
    }
  }
  return data;
}

/** Draws labels uniformly from the classes, or, without classes, a target from N(0, 1). */
export function drawnLabels(type: ValueType, classes: number | undefined, seed: number): Tensor {
  const random = stream(seed, "labels");
  const value = classes === undefined ? random.normal : (i: number): number => Math.floor(random.uniform(i) * classes);
  return tensor(
    type.dtype,
    type.shape,
    Float64Array.from({ length: sizeOf(type.shape) }, (_, i) => value(i)),
  );
}
