import type { Graph, Node } from "../../graph/graph.js";
import { isFloat, sizeOf } from "../../graph/tensor.js";
import type { DType } from "../../graph/tensor.js";

/**
 * Ops for which onnxruntime 1.30 has no CPU kernel, by the dtype of their first input or first output. test/runtime/kernels.test.ts compares this
 * table with onnxruntime, and the contract of runtimes with its WebAssembly.
 *
 * @public
 */
export const MISSING: Partial<Record<DType, ReadonlySet<string>>> = {
  float32: new Set(["BitCast"]),
  float64: new Set([
    "BitCast",
    "Conv",
    "ConvTranspose",
    "AveragePool",
    "GlobalAveragePool",
    "Col2Im",
    "Erf",
    "Softplus",
    "Softsign",
    "Elu",
    "Selu",
    "LeakyRelu",
    "HardSigmoid",
    "PRelu",
    "Tan",
    "Asin",
    "Acos",
    "Atan",
    "Sinh",
    "Cosh",
    "Asinh",
    "Acosh",
    "Atanh",
    "OneHot",
    "Hardmax",
  ]),
  int8: new Set(["BitCast", "Where", "BitShift"]),
  int32: new Set(["BitCast", "BitShift"]),
  int64: new Set(["BitShift"]),
  int16: new Set(["BitCast", "BitShift", "Max", "Min"]),
  uint16: new Set(["BitCast", "BitShift", "Max", "Min"]),
  uint8: new Set(["BitCast"]),
  uint32: new Set(["BitCast"]),
  uint64: new Set(["TopK"]),
  bool: new Set(["BitCast"]),
};

/**
 * Tells whether a node may make the processor trap, which ends the whole process: the integer division −2⁶³ / −1 overflows, and onnxruntime
 * checks for a divisor of 0 only.
 */
export function mayTrap(graph: Graph, node: Node): boolean {
  if ((node.op !== "Div" && node.op !== "Mod") || node.domain !== "") return false;
  const divisor = node.inputs[1]!;
  const dtype = graph.types.get(divisor)!.dtype;
  if (isFloat(dtype) || dtype.startsWith("u")) return false;
  // Weights may be others in the next run.
  const fixed = graph.constants.has(divisor) ? graph.initializers.get(divisor) : undefined;
  return !fixed?.data.every((v) => v !== 0 && v !== -1);
}

/**
 * Tells whether a node has only outputs without elements. Several kernels of onnxruntime fail on empty tensors, so the op files
 * evaluate such nodes.
 */
export function hasOnlyEmptyOutputs(graph: Graph, node: Node): boolean {
  return node.domain === "" && node.outputs.every((o) => o === "" || sizeOf(graph.types.get(o)!.shape) === 0);
}

/** Tells whether onnxruntime has a kernel for a node at its dtypes. The op files evaluate other nodes. */
export function hasKernel(graph: Graph, node: Node): boolean {
  const values = [node.inputs.find((v) => v !== ""), node.outputs[0]];
  return values.every((v) => {
    const dtype = v === undefined ? undefined : graph.types.get(v)?.dtype;
    return dtype === undefined || !MISSING[dtype]?.has(node.op);
  });
}
