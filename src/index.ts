// isograd: how gradients flow through a network. The public API, in the order in which data flows.

export { load } from "./io/load.js";
export type { Attr, Dim, Graph, GraphInput, Model, Node, Origin } from "./graph/graph.js";
export type { DType, FloatDType, NumericArray, Tensor, ValueType } from "./graph/tensor.js";
export { tensor } from "./graph/tensor.js";
export { readSafetensors, writeSafetensors } from "./io/safetensors.js";

export { bind } from "./passes/bind.js";
export type { BindOptions, Bound } from "./passes/bind.js";
export { parametersOf } from "./passes/parameters.js";
export type { Parameter } from "./passes/parameters.js";
export { peakBytes } from "./passes/memory.js";
export { printGraph } from "./graph/print.js";
export { verifyGraph } from "./passes/verify.js";
export { readOnnx } from "./onnx/read.js";
export { writeOnnx } from "./onnx/write.js";

export { gradient } from "./autodiff/network.js";
export type { LossSpec, NetworkGradient, NetworkGradientRequest } from "./autodiff/network.js";
export { gradientGraph, hvpGraph } from "./autodiff/gradient.js";
export type { GradientGraph, GradientRequest } from "./autodiff/gradient.js";
export { jvpGraph } from "./autodiff/gradient.js";

export { run } from "./runtime/run.js";
export { openRuntime } from "./runtime/select.js";
export type { RuntimeName } from "./runtime/select.js";
export type { Executable, Runtime, Values } from "./runtime/runtime.js";

export { IsogradError } from "./util/errors.js";
export type { ErrorCode } from "./util/errors.js";
