import type { Graph, Node } from "../../graph/graph.js";
import { isFloat, sizeOf } from "../../graph/tensor.js";
import type { DType } from "../../graph/tensor.js";

/**
 * Ops for which onnxruntime 1.30's CPU engine has no kernel at an element type of their first input or output. test/runtime/kernels.test.ts holds this table against the engine.
 */
const MISSING: Partial<Record<DType, ReadonlySet<string>>> = {
  float64: new Set([
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
  int8: new Set(["Where"]),
  int16: new Set(["BitShift", "Max", "Min"]),
  uint16: new Set(["BitShift", "Max", "Min"]),
  uint64: new Set(["TopK"]),
};

/**
 * Whether a node may make the processor trap, which ends the whole process: onnxruntime looks for a divisor of 0 between integers,
 * but −2⁶³ / −1 has no result either.
 */
export function mayTrap(graph: Graph, node: Node): boolean {
  if ((node.op !== "Div" && node.op !== "Mod") || node.domain !== "") return false;
  const divisor = node.inputs[1]!;
  const dtype = graph.types.get(divisor)!.dtype;
  if (isFloat(dtype) || dtype.startsWith("u")) return false;
  return !graph.initializers.get(divisor)?.data.every((v) => v !== 0 && v !== -1);
}

/** Whether a node makes nothing: onnxruntime's kernels trip over empty tensors in many ways, our evaluates give them for free. */
export function makesNothing(graph: Graph, node: Node): boolean {
  return node.domain === "" && node.outputs.every((o) => o === "" || sizeOf(graph.types.get(o)!.shape) === 0);
}

/** Whether the engine can run a node at its element types; what it cannot, our own evaluate does. */
export function hasKernel(graph: Graph, node: Node): boolean {
  const values = [node.inputs.find((v) => v !== ""), node.outputs[0]];
  return values.every((v) => {
    const dtype = v === undefined ? undefined : graph.types.get(v)?.dtype;
    return dtype === undefined || !MISSING[dtype]?.has(node.op);
  });
}
