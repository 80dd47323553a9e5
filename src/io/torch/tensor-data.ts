import { fromBytes } from "../../graph/bytes.js";
import type { StoredAs } from "../../graph/bytes.js";
import { allocate, bytesPerElement, sizeOf } from "../../graph/tensor.js";
import type { DType, Tensor } from "../../graph/tensor.js";
import { refuseBytes } from "../../util/errors.js";
import type { TensorRef } from "./rebuild.js";

/** The stored bytes of a storage that a file holds; `bigEndian` where its elements have their high bytes first. */
export interface StorageBytes {
  readonly bytes: Uint8Array;
  readonly bigEndian: boolean;
}

/** Returns how elements that are stored so are computed with. */
const dtypeOf = (stored: StoredAs): DType => (stored === "float16" || stored === "bfloat16" ? "float32" : stored);

/** Bytes that the tensors take in memory together. */
const bytesOfRefs = (refs: Iterable<TensorRef>): number => {
  let bytes = 0;
  for (const { shape, type } of refs) bytes += sizeOf(shape) * bytesPerElement(dtypeOf(type.as!));
  return bytes;
};

/** Refuses tensors that take more than `maxBytes` together. Error `memory/limit`. */
export function refuseTooLarge(name: string, refs: Iterable<TensorRef>, maxBytes: number): void {
  const bytes = bytesOfRefs(refs);
  // Not even one array can be longer than this.
  const limit = Math.min(maxBytes, Number.MAX_SAFE_INTEGER);
  if (bytes > limit) refuseBytes(`the tensors in ${name} take`, bytes, limit);
}

/** Reads a tensor, dense and row-major, out of its storage; undefined where the storage is shorter than it says. */
export function readRef({ storage, type, offset, shape, strides }: TensorRef, { bytes, bigEndian }: StorageBytes): Tensor | undefined {
  const size = sizeOf(shape);
  const dtype = dtypeOf(type.as!);
  const from = storage.from + offset;
  const reach = size === 0 ? 0 : shape.reduce((n, d, i) => n + (d - 1) * strides[i]!, 1);
  const end = (from + reach) * type.width;
  if (end > bytes.length) return undefined;
  const raw = bytes.subarray(from * type.width, end);
  const elements = fromBytes(bigEndian ? swapped(raw, type.width) : raw, type.as!, reach);
  if (reach === size && isDense(shape, strides)) return { dtype, shape, data: elements };
  const data = allocate(dtype, size);
  const index = new Array<number>(shape.length).fill(0);
  let at = 0;
  for (let i = 0; i < size; i++) {
    data[i] = elements[at]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return { dtype, shape, data };
}

/** Tells whether elements lie row by row without gaps. The stride of an axis of one element says nothing. */
function isDense(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== step) return false;
    step *= shape[axis]!;
  }
  return true;
}

/** Returns elements of `width` bytes in the other byte order. */
function swapped(bytes: Uint8Array, width: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at += width) for (let k = 0; k < width; k++) out[at + k] = bytes[at + width - 1 - k]!;
  return out;
}
