import { IsogradError } from "../util/errors.js";
import { formatShape } from "../util/format.js";

export { formatShape } from "../util/format.js";

/** Element types of ONNX tensors that isograd computes with. float16 and bfloat16 are read as float32. */
export type DType = "float32" | "float64" | "int8" | "int16" | "int32" | "int64" | "uint8" | "uint16" | "uint32" | "uint64" | "bool" | "string";

export type FloatDType = "float32" | "float64";

/**
 * Storage of a tensor's elements, each readable as a plain `number`.
 * int64 and uint64 are held as doubles (exact up to 2⁵³; beyond, as the sentinels of Slice use it, saturating on the way out),
 * bool as 0 and 1. The reference runtime holds float32 values in a Float64Array too.
 */
export type NumericArray = Float32Array | Float64Array | Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array;

/** A dense row-major tensor. `data.length` is the product of `shape`. */
export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: NumericArray;
}

/** The type of a value: element type and concrete shape. */
export interface ValueType {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

export const isFloat = (dtype: DType): dtype is FloatDType => dtype === "float32" || dtype === "float64";

/** Number of elements of a shape: the product of its dims, 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  let n = 1;
  for (const d of shape) n *= d;
  return n;
}

const BYTES: Record<DType, number> = {
  float32: 4,
  float64: 8,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  bool: 1,
  string: 8,
};

/** Bytes one element takes in a runtime. */
export const bytesPerElement = (dtype: DType): number => BYTES[dtype];

/** Bytes of a tensor of this type in a runtime. */
export const bytesOf = (t: ValueType): number => sizeOf(t.shape) * BYTES[t.dtype];

/** A zero-filled array in the storage that `dtype` uses. */
export function allocate(dtype: DType, length: number): NumericArray {
  if (!(Number.isSafeInteger(length) && length >= 0))
    throw new IsogradError("op/input", `no tensor has ${length} elements`, { fix: "check the sizes that the network is given" });
  switch (dtype) {
    case "float32":
      return new Float32Array(length);
    case "float64":
    case "int64":
    case "uint64":
      return new Float64Array(length);
    case "int8":
      return new Int8Array(length);
    case "int16":
      return new Int16Array(length);
    case "int32":
      return new Int32Array(length);
    case "uint8":
    case "bool":
      return new Uint8Array(length);
    case "uint16":
      return new Uint16Array(length);
    case "uint32":
      return new Uint32Array(length);
    case "string":
      throw new IsogradError("op/unsupported", "string tensors are not supported", { fix: "export the network without string inputs" });
  }
}

/** A tensor from plain numbers, converted to the storage of `dtype`. */
export function tensor(dtype: DType, shape: readonly number[], values: ArrayLike<number>): Tensor {
  const data = allocate(dtype, sizeOf(shape));
  if (values.length !== data.length) {
    throw new IsogradError("internal/bug", `a tensor of shape ${formatShape(shape)} was given ${values.length} values`);
  }
  for (let i = 0; i < data.length; i++) data[i] = values[i]!;
  return { dtype, shape, data };
}

/** The tensor in the storage that its dtype uses: float32 results of float64 arithmetic are rounded here. */
export function stored(t: Tensor): Tensor {
  const home = allocate(t.dtype, 0).constructor;
  if (t.data.constructor === home) return t;
  return tensor(t.dtype, t.shape, t.data);
}

/** A 1-D int64 tensor. */
export const int64s = (values: readonly number[]): Tensor => tensor("int64", [values.length], values);

/** Row-major strides of a shape, in elements. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i]!;
  }
  return strides;
}

export const sameShape = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((d, i) => d === b[i]);

/** `float32[2, 3]`. */
export const formatType = (t: ValueType): string => `${t.dtype}${formatShape(t.shape)}`;
