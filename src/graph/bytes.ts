import { allocate } from "./tensor.js";
import type { DType, NumericArray, Tensor } from "./tensor.js";

/** Element types as files store them: those of `DType`, and the two 16-bit floats, which are read as float32. */
export type StoredAs = DType | "float16" | "bfloat16";

/** Decodes `size` elements from little-endian bytes, as ONNX and safetensors store them. `raw` must hold exactly these. */
export function fromBytes(raw: Uint8Array, stored: StoredAs, size: number): NumericArray {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  if (stored === "float16" || stored === "bfloat16") {
    const out = new Float32Array(size);
    const convert = stored === "float16" ? fromFloat16 : fromBfloat16;
    for (let i = 0; i < size; i++) out[i] = convert(view.getUint16(2 * i, true));
    return out;
  }
  const out = allocate(stored, size);
  if (stored === "int64" || stored === "uint64") {
    for (let i = 0; i < size; i++) out[i] = Number(stored === "int64" ? view.getBigInt64(8 * i, true) : view.getBigUint64(8 * i, true));
  } else {
    // Every machine that Node and browsers run on is little-endian, as the formats are.
    new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(raw);
    if (stored === "bool") for (let i = 0; i < size; i++) out[i] = out[i] ? 1 : 0;
  }
  return out;
}

/** Returns the value of an IEEE half precision bit pattern. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new DataView(new ArrayBuffer(4));
/** Returns the value of a bfloat16 bit pattern, which is the upper half of a float32. */
export function fromBfloat16(bits: number): number {
  scratch.setUint32(0, (bits & 0xffff) << 16);
  return scratch.getFloat32(0);
}

/** Encodes a tensor as little-endian bytes, as ONNX and safetensors store it. Integers beyond 64 bits saturate. */
export function rawBytes(t: Tensor): Uint8Array<ArrayBuffer> {
  if (t.dtype === "int64" || t.dtype === "uint64") {
    const out = t.dtype === "int64" ? new BigInt64Array(t.data.length) : new BigUint64Array(t.data.length);
    for (let i = 0; i < t.data.length; i++) out[i] = toBigInt(t.data[i]!, t.dtype);
    return new Uint8Array(out.buffer);
  }
  const storage = allocate(t.dtype, 0).constructor;
  const data = t.data.constructor === storage ? t.data : allocate(t.dtype, t.data.length);
  if (data !== t.data) for (let i = 0; i < data.length; i++) data[i] = t.data[i]!;
  return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
}

/** Converts a double to a 64-bit integer: truncates, saturates at the ends of the range, and takes NaN as 0. */
export function toBigInt(v: number, dtype: "int64" | "uint64"): bigint {
  const wide = BigInt(Math.trunc(Number.isNaN(v) ? 0 : Math.max(-(2 ** 63), Math.min(2 ** 64, v))));
  if (dtype === "uint64") return wide < 0n ? 0n : wide > 0xffffffffffffffffn ? 0xffffffffffffffffn : wide;
  return wide > 0x7fffffffffffffffn ? 0x7fffffffffffffffn : wide;
}
