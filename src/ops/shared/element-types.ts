import { isFloat } from "../../graph/tensor.js";
import type { DType } from "../../graph/tensor.js";

// Which element types the ONNX schemas (of opset 20) allow for an op's first input, where not all of them.

const FLOATS =
  "Acos Acosh Asin Asinh Atan Atanh AveragePool Ceil Conv ConvTranspose Cos Cosh Elu Erf Exp Floor GlobalAveragePool HardSigmoid Hardmax IsInf IsNaN LeakyRelu Log LogSoftmax LpPool Reciprocal Round Selu Sigmoid Sin Sinh Softmax Softplus Softsign Sqrt Tan Tanh";
const NUMBERS = "Abs Add ArgMax ArgMin Clip Div Greater GreaterOrEqual Less LessOrEqual Max Min Mod Mul Sign Sub TopK";
const WIDE = "CumSum Gemm MatMul PRelu ReduceMean ReduceSum ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare";

type Test = (dtype: DType) => boolean;
const narrow: ReadonlySet<DType> = new Set(["int8", "int16", "uint8", "uint16", "bool"]);
const wide: Test = (t) => !narrow.has(t);
const signed: Test = (t) => isFloat(t) || t.startsWith("int");

const TESTS: ReadonlyMap<string, readonly [test: Test, expected: string]> = new Map<string, readonly [Test, string]>([
  ...FLOATS.split(" ").map((op) => [op, [isFloat, "floats"]] as const),
  ...NUMBERS.split(" ").map((op) => [op, [(t: DType) => t !== "bool", "numbers"]] as const),
  ...WIDE.split(" ").map((op) => [op, [wide, "floats, or integers of at least 32 bits"]] as const),
  ["Neg", [signed, "floats or signed integers"]],
  ["Relu", [signed, "floats or signed integers"]],
  ["Pow", [(t) => isFloat(t) || t === "int32" || t === "int64", "floats, int32 or int64"]],
  ["MaxPool", [(t) => isFloat(t) || t === "int8" || t === "uint8", "floats, int8 or uint8"]],
]);

/** What an op of ai.onnx expects of its first input when that is not of a type it takes; undefined when all is well. */
export function refusedElements(op: string, dtype: DType): string | undefined {
  const entry = TESTS.get(op);
  return entry && !entry[0](dtype) ? entry[1] : undefined;
}
