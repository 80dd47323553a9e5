import { formatType, isFloat } from "../../graph/tensor.js";
import type { DType, Tensor, ValueType } from "../../graph/tensor.js";
import type { EvalContext, InferContext } from "../op.js";
import { broadcastAll, mapBinary } from "./elementwise.js";

/** Infers the output type of the bitwise ops: integers, broadcast together. */
export function inferBits(c: InferContext): readonly ValueType[] {
  for (const t of c.types) if (t && (isFloat(t.dtype) || t.dtype === "bool")) c.fail("its input is not an integer", { received: formatType(t) });
  return broadcastAll(c);
}

/** Returns a 64-bit result as the plain number that holds it. */
const wrapped = (dtype: DType, v: bigint): number => Number(dtype === "uint64" ? BigInt.asUintN(64, v) : BigInt.asIntN(64, v));

export const is64Bit = (dtype: DType): boolean => dtype === "int64" || dtype === "uint64";

/** Computes `f` of pairs of integers of at most 32 bits (storing wraps the result), `wide` of pairs of 64-bit ones. */
export function mapBits(c: EvalContext, f: (a: number, b: number) => number, wide: (a: bigint, b: bigint) => bigint): readonly Tensor[] {
  const { dtype } = c.out[0]!;
  return mapBinary(c, is64Bit(dtype) ? (a, b) => wrapped(dtype, wide(BigInt(a), BigInt(b))) : f);
}
