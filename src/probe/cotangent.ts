import type { Graph } from "../graph/graph.js";
import { sizeOf, tensor } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { stream } from "../util/random.js";

/** A graph that may have an input for the cotangent of the network's output, in the place of a loss. */
export interface TakesCotangent {
  readonly graph: Pick<Graph, "types">;
  readonly cotangentInput?: string;
}

/** The stream that the first cotangent of the first batch is drawn from. */
const FIRST = "cotangent/0/0";

/** The value of an input drawn from N(0, 1), element by element from the stream of a seed and a name. */
export function drawnCotangent({ graph }: TakesCotangent, input: string, seed: number, name: string = FIRST): Tensor {
  const { dtype, shape } = graph.types.get(input)!;
  const random = stream(seed, name);
  return tensor(
    dtype,
    shape,
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => random.normal(i)),
  );
}

/** Tensors by name, with a drawn cotangent among them where the graph has an input for one. */
export function withCotangent(made: TakesCotangent, tensors: ReadonlyMap<string, Tensor>, seed: number, name: string = FIRST): Map<string, Tensor> {
  const { cotangentInput } = made;
  const all = new Map(tensors);
  return cotangentInput === undefined ? all : all.set(cotangentInput, drawnCotangent(made, cotangentInput, seed, name));
}
