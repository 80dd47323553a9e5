import { isFloat } from "../../graph/tensor.js";
import type { DType } from "../../graph/tensor.js";

/** The element types that an ONNX schema (of opset 20) allows: `wide` leaves out integers below 32 bits, `signed` unsigned ones. */
export type ElementTypes = "floats" | "numbers" | "wide" | "signed" | "powers" | "pixels";

const NARROW: ReadonlySet<DType> = new Set(["int8", "int16", "uint8", "uint16", "bool"]);

const RULES: Readonly<Record<ElementTypes, readonly [test: (dtype: DType) => boolean, expected: string]>> = {
  floats: [isFloat, "floats"],
  numbers: [(t) => t !== "bool", "numbers"],
  wide: [(t) => !NARROW.has(t), "floats, or integers of at least 32 bits"],
  signed: [(t) => isFloat(t) || t.startsWith("int"), "floats or signed integers"],
  powers: [(t) => isFloat(t) || t === "int32" || t === "int64", "floats, int32 or int64"],
  pixels: [(t) => isFloat(t) || t === "int8" || t === "uint8", "floats, int8 or uint8"],
};

/** Returns what is expected instead of a type that is not among those accepted; undefined when all is well. */
export function refusedElements(accepts: ElementTypes, dtype: DType): string | undefined {
  const [test, expected] = RULES[accepts];
  return test(dtype) ? undefined : expected;
}
