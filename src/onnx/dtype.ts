import type { DType } from "../graph/tensor.js";

/** Names of the element types of ONNX, by their numbers: the enum TensorProto.DataType. */
const NAMES: readonly string[] = [
  "UNDEFINED",
  "FLOAT",
  "UINT8",
  "INT8",
  "UINT16",
  "INT16",
  "INT32",
  "INT64",
  "STRING",
  "BOOL",
  "FLOAT16",
  "DOUBLE",
  "UINT32",
  "UINT64",
  "COMPLEX64",
  "COMPLEX128",
  "BFLOAT16",
  "FLOAT8E4M3FN",
  "FLOAT8E4M3FNUZ",
  "FLOAT8E5M2",
  "FLOAT8E5M2FNUZ",
  "UINT4",
  "INT4",
  "FLOAT4E2M1",
  "FLOAT8E8M0",
  "UINT2",
  "INT2",
  "FLOAT6E2M3",
  "FLOAT6E3M2",
];

const NUMBERS: Readonly<Record<DType, number>> = {
  float32: 1,
  float64: 11,
  int8: 3,
  int16: 5,
  int32: 6,
  int64: 7,
  uint8: 2,
  uint16: 4,
  uint32: 12,
  uint64: 13,
  bool: 9,
  string: 8,
};

const DTYPES: ReadonlyMap<number, DType> = new Map([
  ...Object.entries(NUMBERS).map(([dtype, number]) => [number, dtype as DType] as const),
  // Read as the narrowest type that holds their values.
  ...[NAMES.indexOf("FLOAT16"), NAMES.indexOf("BFLOAT16")].map((number) => [number, "float32"] as const),
]);

/** Returns the dtype for an element type number of ONNX; float16 and bfloat16 become float32. Undefined where isograd has none. */
export const dtypeFromOnnx = (type: number): DType | undefined => DTYPES.get(type);

/** Returns the element type number of ONNX for a dtype. */
export const dtypeToOnnx = (dtype: DType): number => NUMBERS[dtype];

/** Returns the name of an element type number of ONNX, for messages. */
export const onnxTypeName = (type: number): string => NAMES[type] ?? `type ${type}`;
