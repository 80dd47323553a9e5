import { TensorProto_DataType as T } from "onnx-buf";
import type { DType } from "../graph/tensor.js";

const FROM: Partial<Record<T, DType>> = {
  [T.FLOAT]: "float32",
  [T.FLOAT16]: "float32",
  [T.BFLOAT16]: "float32",
  [T.DOUBLE]: "float64",
  [T.INT8]: "int8",
  [T.INT16]: "int16",
  [T.INT32]: "int32",
  [T.INT64]: "int64",
  [T.UINT8]: "uint8",
  [T.UINT16]: "uint16",
  [T.UINT32]: "uint32",
  [T.UINT64]: "uint64",
  [T.BOOL]: "bool",
  [T.STRING]: "string",
};

const TO: Record<DType, T> = {
  float32: T.FLOAT,
  float64: T.DOUBLE,
  int8: T.INT8,
  int16: T.INT16,
  int32: T.INT32,
  int64: T.INT64,
  uint8: T.UINT8,
  uint16: T.UINT16,
  uint32: T.UINT32,
  uint64: T.UINT64,
  bool: T.BOOL,
  string: T.STRING,
};

/** Returns the dtype for an element type number of ONNX; float16 and bfloat16 become float32. Undefined where isograd has none. */
export const dtypeFromOnnx = (type: number): DType | undefined => FROM[type as T];

/** Returns the element type number of ONNX for a dtype. */
export const dtypeToOnnx = (dtype: DType): T => TO[dtype];

/** Returns the name of an element type number of ONNX, for messages. */
export const onnxTypeName = (type: number): string => T[type] ?? `type ${type}`;
