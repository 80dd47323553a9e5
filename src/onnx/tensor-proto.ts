import { TensorProto_DataLocation, TensorProto_DataType as T } from "onnx-buf";
import type { TensorProto } from "onnx-buf";
import { fromBfloat16, fromBytes, fromFloat16 } from "../graph/bytes.js";
import type { StoredAs } from "../graph/bytes.js";
import { allocate, bytesPerElement, sizeOf } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { IsogradError } from "../util/errors.js";
import { dtypeFromOnnx, onnxTypeName } from "./dtype.js";

/** Reads `length` bytes (all when undefined) from byte `offset` of an external data file, whose path is relative to the model. */
export type ExternalData = (path: string, offset: number, length: number | undefined) => Uint8Array;

/** The most axes of a tensor. */
export const RANK_LIMIT = 64;

const HALVES: Partial<Record<T, StoredAs>> = { [T.FLOAT16]: "float16", [T.BFLOAT16]: "bfloat16" };
const STORED_BYTES: Partial<Record<T, number>> = { [T.FLOAT16]: 2, [T.BFLOAT16]: 2 };

/**
 * Reads the tensor in a TensorProto, whose data may be raw bytes, a typed field or an external file. Sizes are checked, and
 * `reserve` is called with the bytes, before anything is allocated. Errors: `onnx/invalid`, `onnx/external-data`, `op/unsupported`.
 */
export function readTensor(
  p: TensorProto,
  where: readonly string[],
  external: ExternalData | undefined,
  reserve: (bytes: number) => void = () => {},
): Tensor {
  const fail = (what: string, expected?: string, received?: string): never => {
    throw new IsogradError("onnx/invalid", `tensor "${p.name}": ${what}`, {
      at: where,
      ...(expected ? { expected } : {}),
      ...(received ? { received } : {}),
    });
  };
  const dtype = dtypeFromOnnx(p.dataType);
  if (!dtype) {
    throw new IsogradError("op/unsupported", `tensor "${p.name}" has element type ${onnxTypeName(p.dataType)}, which is not supported`, {
      at: where,
      fix: "export the network in float32, without quantisation",
    });
  }
  if (p.dims.length > RANK_LIMIT) fail(`it has ${p.dims.length} dims`, `at most ${RANK_LIMIT}`);
  const shape = p.dims.map(Number);
  const size = sizeOf(shape);
  if (shape.some((d) => !(d >= 0 && Number.isSafeInteger(d))) || !Number.isSafeInteger(size)) fail(`impossible shape [${shape.join(", ")}]`);
  if (dtype === "string") return { dtype, shape, data: new Uint8Array(0) };
  if (p.segment) fail("segmented tensors are not part of the ONNX standard");

  const inMemory = size * bytesPerElement(dtype);
  const width = STORED_BYTES[p.dataType as T] ?? bytesPerElement(dtype);
  let raw: Uint8Array | undefined;
  if (p.dataLocation === TensorProto_DataLocation.EXTERNAL) {
    reserve(inMemory);
    raw = externalBytes(p, size * width, where, external);
  } else if (p.rawData && p.rawData.length > 0) raw = p.rawData;
  if (raw) {
    if (raw.length !== size * width) fail("its bytes do not fill its shape", `${size * width} bytes for [${shape.join(", ")}]`, `${raw.length}`);
    if (raw === p.rawData) reserve(inMemory);
    return { dtype, shape, data: fromBytes(raw, HALVES[p.dataType as T] ?? dtype, size) };
  }
  const field = typedField(p);
  if (field.length !== size) fail("its values do not fill its shape", `${size} values for [${shape.join(", ")}]`, `${field.length}`);
  reserve(inMemory);
  const data = allocate(dtype, size);
  const half = p.dataType === T.FLOAT16 ? fromFloat16 : p.dataType === T.BFLOAT16 ? fromBfloat16 : undefined;
  for (let i = 0; i < size; i++) data[i] = half ? half(Number(field[i])) : Number(field[i]);
  return { dtype, shape, data };
}

/** Returns the typed field that holds the values of this element type. */
function typedField(p: TensorProto): readonly (number | bigint)[] {
  switch (p.dataType) {
    case T.FLOAT:
      return p.floatData;
    case T.DOUBLE:
      return p.doubleData;
    case T.INT64:
      return p.int64Data;
    case T.UINT32:
    case T.UINT64:
      return p.uint64Data;
    default:
      return p.int32Data;
  }
}

/** Reads the `size` bytes of a tensor that is stored in an external file. Error `onnx/external-data`. */
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
