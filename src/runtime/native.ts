import { allocate } from "../graph/tensor.js";
import type { DType, NumericArray, Tensor } from "../graph/tensor.js";
import { toBigInt } from "../graph/bytes.js";

/** A tensor as onnxruntime's JavaScript interface takes it, with 64-bit integers in BigInt arrays. It can be posted to a worker. */
export interface NativeTensor {
  readonly type: DType;
  readonly dims: readonly number[];
  readonly data: NumericArray | BigInt64Array | BigUint64Array;
}

/** Converts a tensor to onnxruntime's storage for `dtype` (default: its own): floats are rounded, 64-bit integers become BigInt. */
export function toNative(t: Tensor, dtype: DType = t.dtype): NativeTensor {
  if (dtype === "int64" || dtype === "uint64") {
    const data = dtype === "int64" ? new BigInt64Array(t.data.length) : new BigUint64Array(t.data.length);
    for (let i = 0; i < data.length; i++) data[i] = toBigInt(t.data[i]!, dtype);
    return { type: dtype, dims: t.shape, data };
  }
  const storage = allocate(dtype, 0).constructor;
  if (t.data.constructor === storage) return { type: dtype, dims: t.shape, data: t.data };
  const data = allocate(dtype, t.data.length);
  for (let i = 0; i < data.length; i++) data[i] = t.data[i]!;
  return { type: dtype, dims: t.shape, data };
}

/** Converts a tensor of onnxruntime back. */
export function fromNative(n: NativeTensor): Tensor {
  if (n.type !== "int64" && n.type !== "uint64") return { dtype: n.type, shape: n.dims, data: n.data as NumericArray };
  const data = new Float64Array(n.data.length);
  for (let i = 0; i < data.length; i++) data[i] = Number(n.data[i]);
  return { dtype: n.type, shape: n.dims, data };
}
