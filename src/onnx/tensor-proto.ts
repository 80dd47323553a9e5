import { create } from "@bufbuild/protobuf";
import { TensorProtoSchema, TensorProto_DataLocation, TensorProto_DataType as T } from "onnx-buf";
import type { TensorProto } from "onnx-buf";
import { allocate, bytesPerElement, sizeOf } from "../graph/tensor.js";
import type { DType, NumericArray, Tensor } from "../graph/tensor.js";
import { IsogradError } from "../util/errors.js";
import { dtypeFromOnnx, dtypeToOnnx, onnxTypeName } from "./dtype.js";

/** Reads `length` bytes (all when undefined) of an external data file named relative to the model, from `offset`. Provided by the host. */
export type ExternalData = (path: string, offset: number, length: number | undefined) => Uint8Array;

const STORED_BYTES: Partial<Record<T, number>> = { [T.FLOAT16]: 2, [T.BFLOAT16]: 2 };

/** The tensor a TensorProto holds, wherever it keeps its bytes. Sizes are checked before anything is allocated. */
export function readTensor(p: TensorProto, where: readonly string[], external: ExternalData | undefined): Tensor {
  const fail = (what: string, expected?: string, received?: string): never => {
    throw new IsogradError("onnx/invalid", `tensor "${p.name}": ${what}`, { at: where, ...(expected ? { expected } : {}), ...(received ? { received } : {}) });
  };
  const dtype = dtypeFromOnnx(p.dataType);
  if (!dtype) {
    throw new IsogradError("op/unsupported", `tensor "${p.name}" has element type ${onnxTypeName(p.dataType)}, which is not supported`, {
      at: where,
      fix: "export the network in float32, without quantisation",
    });
  }
  const shape = p.dims.map(Number);
  const size = sizeOf(shape);
  if (shape.some((d) => !(d >= 0)) || !Number.isSafeInteger(size)) fail(`impossible shape [${shape.join(", ")}]`);
  if (dtype === "string") return { dtype, shape, data: new Uint8Array(0) };
  if (p.segment) fail("segmented tensors are not part of the ONNX standard");

  const width = STORED_BYTES[p.dataType as T] ?? bytesPerElement(dtype);
  let raw: Uint8Array | undefined;
  if (p.dataLocation === TensorProto_DataLocation.EXTERNAL) raw = externalBytes(p, size * width, where, external);
  else if (p.rawData && p.rawData.length > 0) raw = p.rawData;
  if (raw) {
    if (raw.length !== size * width) fail("its bytes do not fill its shape", `${size * width} bytes for [${shape.join(", ")}]`, `${raw.length}`);
    return { dtype, shape, data: decode(raw, p.dataType as T, dtype, size) };
  }
  const field = typedField(p);
  if (field.length !== size) fail("its values do not fill its shape", `${size} values for [${shape.join(", ")}]`, `${field.length}`);
  const data = allocate(dtype, size);
  const half = p.dataType === T.FLOAT16 ? fromFloat16 : p.dataType === T.BFLOAT16 ? fromBfloat16 : undefined;
  for (let i = 0; i < size; i++) data[i] = half ? half(Number(field[i])) : Number(field[i]);
  return { dtype, shape, data };
}

function typedField(p: TensorProto): readonly (number | bigint)[] {
  switch (p.dataType) {
    case T.FLOAT: return p.floatData;
    case T.DOUBLE: return p.doubleData;
    case T.INT64: return p.int64Data;
    case T.UINT32: case T.UINT64: return p.uint64Data;
    default: return p.int32Data;
  }
}

function externalBytes(p: TensorProto, size: number, where: readonly string[], external: ExternalData | undefined): Uint8Array {
  const entries = new Map(p.externalData.map((e) => [e.key, e.value]));
  const fail = (what: string, fix?: string): never => {
    throw new IsogradError("onnx/external-data", `tensor "${p.name}": ${what}`, { at: where, ...(fix ? { fix } : {}) });
  };
  const path = entries.get("location") ?? fail("its external data names no file");
  const integer = (key: string): number | undefined => {
    const text = entries.get(key);
    if (text === undefined) return undefined;
    const n = Number(text);
    return /^\d+$/.test(text) && Number.isSafeInteger(n) ? n : fail(`its external ${key} "${text}" is not a byte count`);
  };
  const length = integer("length");
  if (length !== undefined && length !== size) fail(`its external data has ${length} bytes, its shape needs ${size}`);
  if (!external) return fail("its data is in another file", "load the model from a path, not from bytes alone");
  return external(path, integer("offset") ?? 0, size);
}

function decode(raw: Uint8Array, type: T, dtype: DType, size: number): NumericArray {
  const out = allocate(dtype, size);
  if (type === T.FLOAT16 || type === T.BFLOAT16) {
    const convert = type === T.FLOAT16 ? fromFloat16 : fromBfloat16;
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    for (let i = 0; i < size; i++) out[i] = convert(view.getUint16(2 * i, true));
  } else if (dtype === "int64" || dtype === "uint64") {
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    for (let i = 0; i < size; i++) out[i] = Number(dtype === "int64" ? view.getBigInt64(8 * i, true) : view.getBigUint64(8 * i, true));
  } else {
    // The machine is little-endian, as ONNX is.
    new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(raw);
    if (dtype === "bool") for (let i = 0; i < size; i++) out[i] = out[i] ? 1 : 0;
  }
  return out;
}

/** The value of an IEEE half precision bit pattern. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new DataView(new ArrayBuffer(4));
/** The value of a bfloat16 bit pattern: the upper half of a float32. */
export function fromBfloat16(bits: number): number {
  scratch.setUint32(0, (bits & 0xffff) << 16);
  return scratch.getFloat32(0);
}

/** The TensorProto of a tensor, with raw bytes. */
export function writeTensor(name: string, t: Tensor): TensorProto {
  return create(TensorProtoSchema, { name, dims: t.shape.map(BigInt), dataType: dtypeToOnnx(t.dtype), rawData: rawBytes(t) });
}

/** Little-endian bytes of a tensor in the storage ONNX and safetensors share; integers beyond 64 bits saturate. */
export function rawBytes(t: Tensor): Uint8Array<ArrayBuffer> {
  if (t.dtype === "int64" || t.dtype === "uint64") {
    const out = t.dtype === "int64" ? new BigInt64Array(t.data.length) : new BigUint64Array(t.data.length);
    for (let i = 0; i < t.data.length; i++) out[i] = toBigInt(t.data[i]!, t.dtype);
    return new Uint8Array(out.buffer);
  }
  const home = allocate(t.dtype, 0);
  const data = t.data.constructor === home.constructor ? t.data : allocate(t.dtype, t.data.length);
  if (data !== t.data) for (let i = 0; i < data.length; i++) data[i] = t.data[i]!;
  return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
}

/** The 64-bit integer of a double, saturating. */
export function toBigInt(v: number, dtype: "int64" | "uint64"): bigint {
  const wide = BigInt(Math.trunc(Number.isNaN(v) ? 0 : Math.max(-(2 ** 63), Math.min(2 ** 64, v))));
  if (dtype === "uint64") return wide < 0n ? 0n : wide > 0xffffffffffffffffn ? 0xffffffffffffffffn : wide;
  return wide > 0x7fffffffffffffffn ? 0x7fffffffffffffffn : wide;
}
