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

export { buildNet, built, netFile, parameterShapes } from "./nn/build.js";
export type { BuildOptions, BuiltNet, ParameterShape } from "./nn/build.js";
export { resolveNet } from "./nn/spec.js";
export type { NetSpec, ResolvedNet } from "./nn/spec.js";

export { gradient } from "./autodiff/network.js";
export type { LossSpec, NetworkGradient, NetworkGradientRequest } from "./autodiff/network.js";
export { gradientGraph, hvpGraph } from "./autodiff/gradient.js";
export type { GradientGraph, GradientRequest } from "./autodiff/gradient.js";
export { jvpGraph } from "./autodiff/gradient.js";

export { run } from "./runtime/run.js";
export { openRuntime } from "./runtime/select.js";
export type { RuntimeName } from "./runtime/select.js";
export type { Executable, Runtime, Values } from "./runtime/runtime.js";

export { parseTrial, keyOf } from "./trial/spec.js";
export type { BatchSpec, TrialRequest, TrialSpec } from "./trial/spec.js";
export { runTrials, resultsOf } from "./trial/run-trials.js";
export type { Outcome, RunOptions, RunProgress } from "./trial/run-trials.js";
export { localEngine } from "./trial/engine.js";
export type { Engine, EngineOptions } from "./trial/engine.js";
export { poolEngine } from "./trial/pool.js";
export { openStore } from "./trial/libsql-store.js";
export type { StoreOptions } from "./trial/libsql-store.js";
export type { Claim, Store, Stored } from "./trial/store.js";
export { profile } from "./trial/measurements/profile.js";
export type { ProfileOptions, ProfileResult } from "./trial/measurements/profile.js";
export { sumGradient } from "./trial/measurements/sum-gradient.js";
export type { SumGradientResult } from "./trial/measurements/sum-gradient.js";
export { pathShares } from "./trial/measurements/path-shares.js";
export type { PathShares } from "./probe/path-shares.js";
export { skipCosine } from "./trial/measurements/skip-cosine.js";
export type { SkipCosine } from "./probe/skip-cosine.js";
export { dependencyLengths } from "./trial/measurements/dependency-paths.js";
export type { DependencyOptions, DependencyResult, Lengths } from "./trial/measurements/dependency-paths.js";
export { dependencyPaths } from "./structure/dependency-paths.js";
export type { DependencyPaths } from "./structure/dependency-paths.js";

export { IsogradError } from "./util/errors.js";
export type { ErrorCode } from "./util/errors.js";
