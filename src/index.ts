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
export { structureOf } from "./structure/structure.js";
export type { Block, Cut, Structure } from "./structure/types.js";
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

export { laws } from "./theory/laws.js";
export type { Laws } from "./theory/laws.js";
export { isKnown } from "./theory/prediction.js";
export type { LayerPrediction, Prediction, Unknown } from "./theory/prediction.js";
export { activation, activationOf } from "./theory/activation.js";
export type { Activation } from "./theory/activation.js";
export { criticalPoints, phaseDiagram, phaseOf } from "./theory/phase.js";
export type { CriticalPoint, Phase } from "./theory/phase.js";
export { propagate } from "./theory/propagate.js";
export type { CutPrediction, PropagateOptions, Propagation } from "./theory/propagate.js";

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
export { jacobian } from "./trial/measurements/jacobian.js";
export type { JacobianOptions, JacobianResult } from "./trial/measurements/jacobian.js";
export { lossSplit } from "./trial/measurements/loss-split.js";
export type { LossLevel, LossSplitOptions, LossSplitResult } from "./trial/measurements/loss-split.js";
export { sensitivity } from "./trial/measurements/sensitivity.js";
export type { SensitivityOptions } from "./trial/measurements/sensitivity.js";
export type { Answer, Sensitivity } from "./probe/sensitivity.js";
export { smoothness } from "./trial/measurements/smoothness.js";
export type { SmoothnessOptions, SmoothnessResult } from "./trial/measurements/smoothness.js";
export type { Smoothness } from "./probe/smoothness.js";
export { dependencyPaths } from "./structure/dependency-paths.js";
export type { DependencyPaths } from "./structure/dependency-paths.js";

export { CLAIMS, claimsNamed } from "./claims/index.js";
export { FULL, QUICK } from "./claims/kit/sizes.js";
export { runClaims } from "./claims/run-claims.js";
export type { ClaimsRun, JudgedClaim } from "./claims/run-claims.js";
export type { AnyClaim, Arm, ClaimVerdict, Figure, HeldAgainst, Judgement, PendingClaim, Results, Size } from "./claims/claim.js";
export { claimsRecord } from "./report/claims-record.js";
export type { ClaimRecord, ClaimsRecord } from "./report/claims-record.js";
export { claimsFromJson, claimsJson } from "./report/claims-schema.js";
export { claimsPage } from "./report/claims-page.js";
export { predictionRecord } from "./report/prediction-record.js";
export type { PredictedBlock, PredictionOptions, PredictionRecord } from "./report/prediction-record.js";
export { phaseRecord } from "./report/phase-record.js";
export type { PhaseCell, PhaseRecord, PhaseRequest } from "./report/phase-record.js";
export { phasePage } from "./report/phase-page.js";

export { IsogradError } from "./util/errors.js";
export type { ErrorCode } from "./util/errors.js";
