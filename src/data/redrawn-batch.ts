import { isFloat, tensor } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { stream } from "../util/random.js";
import type { Stream } from "../util/random.js";

type Tensors = ReadonlyMap<string, Tensor>;

/** So few values in a tensor of floats are a choice, such as a mask's, and no measurement. */
const FEW_VALUES = 3;

/**
 * Draws a batch like a given one, of the same shapes, to see how much a measurement scatters between batches of this size: floats from a normal distribution
 * with the mean and the variance of their channel (axis 1 of maps; all elements of what is no map), integers from the tensor's own elements. Scalars and
 * floats of at most three different values or with −∞, as masks have, stay as they are; labels and targets change places with those of another example.
 */
export function redrawnBatch(
  inputs: Tensors,
  answers: Tensor | undefined,
  seed: number,
): { readonly inputs: Tensors; readonly answers: Tensor | undefined } {
  const drawn = [...inputs].map(([name, t]) => [name, redrawn(t, stream(seed, `redrawn/${name}`))] as const);
  return { inputs: new Map(drawn), answers: answers && shifted(answers, seed) };
}

function redrawn(t: Tensor, random: Stream): Tensor {
  const n = t.data.length;
  if (n < 2 || t.shape.length === 0 || (isFloat(t.dtype) && (isChoice(t) || !t.data.every(Number.isFinite)))) return t;
  if (t.dtype === "bool") return t;
  const of = (i: number): number => Math.floor(random.uniform(i) * n);
  if (!isFloat(t.dtype))
    return tensor(
      t.dtype,
      t.shape,
      Array.from({ length: n }, (_, i) => t.data[of(i)]!),
    );
  const channel = channelOf(t.shape);
  const moments = new Map<number, { count: number; sum: number; squares: number }>();
  for (let i = 0; i < n; i++) {
    const m = moments.get(channel(i)) ?? { count: 0, sum: 0, squares: 0 };
    const v = t.data[i]!;
    moments.set(channel(i), { count: m.count + 1, sum: m.sum + v, squares: m.squares + v * v });
  }
  return tensor(
    t.dtype,
    t.shape,
    Float64Array.from({ length: n }, (_, i) => {
      const { count, sum, squares } = moments.get(channel(i))!;
      const mean = sum / count;
      return mean + Math.sqrt(Math.max(0, squares / count - mean * mean)) * random.normal(i);
    }),
  );
}

/** Returns the channel of an element: of maps [N, C, …] by axis 1. Elements of other tensors share one, or too few would tell of each. */
function channelOf(shape: readonly number[]): (i: number) => number {
  if (shape.length < 3) return () => 0;
  const inner = shape.slice(2).reduce((p, d) => p * d, 1);
  return (i) => Math.floor(i / inner) % shape[1]!;
}

function isChoice({ data }: Tensor): boolean {
  const kinds = new Set<number>();
  for (let i = 0; i < data.length; i++) {
    kinds.add(data[i]!);
    if (kinds.size > FEW_VALUES) return false;
  }
  return true;
}

/** Moves the rows of a tensor on by some, differently for every seed. */
function shifted(t: Tensor, seed: number): Tensor {
  const [rows] = t.shape;
  if (rows === undefined || rows < 2) return t;
  const size = t.data.length / rows;
  const data = t.data.slice();
  const by = (1 + (Math.abs(seed) % (rows - 1))) * size;
  for (let i = 0; i < data.length; i++) data[i] = t.data[(i + by) % data.length]!;
  return { ...t, data };
}
