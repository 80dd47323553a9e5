import { formatShape, isFloat, sizeOf, tensor } from "../graph/tensor.js";
import type { DType, Tensor } from "../graph/tensor.js";
import { IsogradError } from "../util/errors.js";

/** The most elements of an input that is fixed to one number. Such inputs are flags and scalars. */
const SET_LIMIT = 1 << 24;

/** Returns the tensor that a value becomes when it is fixed to one number. Error `bind/input`: it is too large, or no such number. */
export function filled({ name, dtype }: { readonly name: string; readonly dtype: DType }, shape: readonly number[], value: number): Tensor {
  const size = sizeOf(shape);
  if (size > SET_LIMIT) throw new IsogradError("bind/input", `"${name}" is too large to be fixed to one value`, { received: formatShape(shape) });
  // An infinity that a program gives itself is meant.
  const [stored] = tensor(dtype, [1], [value]).data;
  const fits = isFloat(dtype) ? Number.isFinite(stored) || !Number.isFinite(value) : stored === value && Number.isInteger(value);
  if (!fits || (dtype === "bool" && value !== 0 && value !== 1))
    throw new IsogradError("bind/input", `"${name}" cannot be fixed to ${value}`, { expected: `a number of ${dtype}` });
  return tensor(dtype, shape, new Float64Array(size).fill(value));
}
