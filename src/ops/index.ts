import type { Op } from "./op.js";
import { Abs } from "./abs.js";
import { Acos } from "./acos.js";
import { Acosh } from "./acosh.js";
import { Add } from "./add.js";
import { Affine } from "./affine.js";
import { AffineGrid } from "./affine-grid.js";
import { And } from "./and.js";
import { ArgMax } from "./arg-max.js";
import { ArgMin } from "./arg-min.js";
import { Asin } from "./asin.js";
import { Asinh } from "./asinh.js";
import { Atan } from "./atan.js";
import { Atanh } from "./atanh.js";
import { Attention } from "./attention.js";
import { AveragePool } from "./average-pool.js";
import { BatchNormalization } from "./batch-normalization.js";
import { Bernoulli } from "./bernoulli.js";
import { BiasGelu } from "./bias-gelu.js";
import { BitCast } from "./bit-cast.js";
import { BitShift } from "./bit-shift.js";
import { BitwiseAnd } from "./bitwise-and.js";
import { BitwiseNot } from "./bitwise-not.js";
import { BitwiseOr } from "./bitwise-or.js";
import { BitwiseXor } from "./bitwise-xor.js";
import { BlackmanWindow } from "./blackman-window.js";
import { Cast } from "./cast.js";
import { CastLike } from "./cast-like.js";
import { CausalConvWithState } from "./causal-conv-with-state.js";
import { Ceil } from "./ceil.js";
import { Celu } from "./celu.js";
import { CenterCropPad } from "./center-crop-pad.js";
import { Clip } from "./clip.js";
import { Col2Im } from "./col2im.js";
import { Compress } from "./compress.js";
import { Concat } from "./concat.js";
import { ConcatFromSequence } from "./concat-from-sequence.js";
import { ConstantOfShape } from "./constant-of-shape.js";
import { Conv } from "./conv.js";
import { ConvTranspose } from "./conv-transpose.js";
import { Cos } from "./cos.js";
import { Cosh } from "./cosh.js";
import { Crop } from "./crop.js";
import { CumProd } from "./cum-prod.js";
import { CumSum } from "./cum-sum.js";
import { DFT } from "./dft.js";
import { DeformConv } from "./deform-conv.js";
import { DepthToSpace } from "./depth-to-space.js";
import { Det } from "./det.js";
import { Div } from "./div.js";
import { Dropout } from "./dropout.js";
import { Einsum } from "./einsum.js";
import { Elu } from "./elu.js";
import { EmbedLayerNormalization } from "./com-microsoft-embed-layer-normalization.js";
import { Equal } from "./equal.js";
import { Erf } from "./erf.js";
import { Exp } from "./exp.js";
import { Expand } from "./expand.js";
import { ExpectedMask } from "./expected-mask.js";
import { EyeLike } from "./eye-like.js";
import { FastGelu } from "./fast-gelu.js";
import { Flatten } from "./flatten.js";
import { FlattenedSoftmax } from "./flattened-softmax.js";
import { Floor } from "./floor.js";
import { FusedConv } from "./fused-conv.js";
import { FusedGemm } from "./fused-gemm.js";
import { FusedMatMul } from "./fused-matmul.js";
import { GRU } from "./gru.js";
import { Gather } from "./gather.js";
import { GatherElements } from "./gather-elements.js";
import { GatherND } from "./gather-nd.js";
import { Gelu } from "./gelu.js";
import { Gemm } from "./gemm.js";
import { GlobalAveragePool } from "./global-average-pool.js";
import { GlobalLpPool } from "./global-lp-pool.js";
import { GlobalMaxPool } from "./global-max-pool.js";
import { Greater } from "./greater.js";
import { GreaterOrEqual } from "./greater-or-equal.js";
import { GridSample } from "./grid-sample.js";
import { GroupNormalization } from "./group-normalization.js";
import { HammingWindow } from "./hamming-window.js";
import { HannWindow } from "./hann-window.js";
import { HardSigmoid } from "./hard-sigmoid.js";
import { HardSwish } from "./hard-swish.js";
import { Hardmax } from "./hardmax.js";
import { Identity } from "./identity.js";
import { If } from "./if.js";
import { ImageScaler } from "./image-scaler.js";
import { InstanceNormalization } from "./instance-normalization.js";
import { IsInf } from "./is-inf.js";
import { IsNaN } from "./is-nan.js";
import { LRN } from "./lrn.js";
import { LSTM } from "./lstm.js";
import { LayerNormalization } from "./layer-normalization.js";
import { LeakyRelu } from "./leaky-relu.js";
import { Less } from "./less.js";
import { LessOrEqual } from "./less-or-equal.js";
import { LinearAttention } from "./linear-attention.js";
import { Log } from "./log.js";
import { LogSoftmax } from "./log-softmax.js";
import { Loop } from "./loop.js";
import { LpNormalization } from "./lp-normalization.js";
import { LpPool } from "./lp-pool.js";
import { MatMul } from "./matmul.js";
import { Max } from "./max.js";
import { MaxPool } from "./max-pool.js";
import { MaxUnpool } from "./max-unpool.js";
import { Mean } from "./mean.js";
import { MeanVarianceNormalization } from "./mean-variance-normalization.js";
import { MelWeightMatrix } from "./mel-weight-matrix.js";
import { MicrosoftAttention } from "./microsoft-attention.js";
import { MicrosoftGelu } from "./microsoft-gelu.js";
import { Min } from "./min.js";
import { Mish } from "./mish.js";
import { Mod } from "./mod.js";
import { Mul } from "./mul.js";
import { MultiHeadAttention } from "./multi-head-attention.js";
import { Multinomial } from "./multinomial.js";
import { Neg } from "./neg.js";
import { NegativeLogLikelihoodLoss } from "./negative-log-likelihood-loss.js";
import { NonZero } from "./non-zero.js";
import { Not } from "./not.js";
import { OneHot } from "./one-hot.js";
import { Or } from "./or.js";
import { PRelu } from "./p-relu.js";
import { Pad } from "./pad.js";
import { Pow } from "./pow.js";
import { QuickGelu } from "./quick-gelu.js";
import { RMSNormalization } from "./rms-normalization.js";
import { RNN } from "./rnn.js";
import { RandomNormal } from "./random-normal.js";
import { RandomNormalLike } from "./random-normal-like.js";
import { RandomUniform } from "./random-uniform.js";
import { RandomUniformLike } from "./random-uniform-like.js";
import { Range } from "./range.js";
import { Reciprocal } from "./reciprocal.js";
import { ReduceL1 } from "./reduce-l1.js";
import { ReduceL2 } from "./reduce-l2.js";
import { ReduceLogSum } from "./reduce-log-sum.js";
import { ReduceLogSumExp } from "./reduce-log-sum-exp.js";
import { ReduceMax } from "./reduce-max.js";
import { ReduceMean } from "./reduce-mean.js";
import { ReduceMin } from "./reduce-min.js";
import { ReduceProd } from "./reduce-prod.js";
import { ReduceSum } from "./reduce-sum.js";
import { ReduceSumSquare } from "./reduce-sum-square.js";
import { Relu } from "./relu.js";
import { Reshape } from "./reshape.js";
import { Resize } from "./resize.js";
import { ReverseSequence } from "./reverse-sequence.js";
import { RoiAlign } from "./roi-align.js";
import { RotaryEmbedding } from "./rotary-embedding.js";
import { Round } from "./round.js";
import { STFT } from "./stft.js";
import { Scan } from "./scan.js";
import { Scatter } from "./scatter.js";
import { ScatterElements } from "./scatter-elements.js";
import { ScatterND } from "./scatter-nd.js";
import { Selu } from "./selu.js";
import { SequenceAt } from "./sequence-at.js";
import { SequenceConstruct } from "./sequence-construct.js";
import { SequenceEmpty } from "./sequence-empty.js";
import { SequenceErase } from "./sequence-erase.js";
import { SequenceInsert } from "./sequence-insert.js";
import { SequenceLength } from "./sequence-length.js";
import { SequenceMap } from "./sequence-map.js";
import { Shape } from "./shape.js";
import { Shrink } from "./shrink.js";
import { Sigmoid } from "./sigmoid.js";
import { Sign } from "./sign.js";
import { SimplifiedLayerNormalization } from "./simplified-layer-normalization.js";
import { Sin } from "./sin.js";
import { Sinh } from "./sinh.js";
import { Size } from "./size.js";
import { SkipLayerNormalization } from "./com-microsoft-skip-layer-normalization.js";
import { SkipSimplifiedLayerNormalization } from "./com-microsoft-skip-simplified-layer-normalization.js";
import { Slice } from "./slice.js";
import { Softmax } from "./softmax.js";
import { SoftmaxCrossEntropyLoss } from "./softmax-cross-entropy-loss.js";
import { Softplus } from "./softplus.js";
import { Softsign } from "./softsign.js";
import { SpaceToDepth } from "./space-to-depth.js";
import { Split } from "./split.js";
import { SplitToSequence } from "./split-to-sequence.js";
import { Sqrt } from "./sqrt.js";
import { Squeeze } from "./squeeze.js";
import { Sub } from "./sub.js";
import { Sum } from "./sum.js";
import { SwiGLU } from "./swi-glu.js";
import { Swish } from "./swish.js";
import { Tan } from "./tan.js";
import { Tanh } from "./tanh.js";
import { TensorScatter } from "./tensor-scatter.js";
import { ThresholdedRelu } from "./thresholded-relu.js";
import { Tile } from "./tile.js";
import { TopK } from "./top-k.js";
import { Transpose } from "./transpose.js";
import { Trilu } from "./trilu.js";
import { Unique } from "./unique.js";
import { Unsqueeze } from "./unsqueeze.js";
import { Upsample } from "./upsample.js";
import { Where } from "./where.js";
import { Xor } from "./xor.js";

/** Every op that isograd knows, one file each. This list is written by tools/ops-index.mjs. */
export const OPS: readonly Op[] = [
  Abs,
  Acos,
  Acosh,
  Add,
  Affine,
  AffineGrid,
  And,
  ArgMax,
  ArgMin,
  Asin,
  Asinh,
  Atan,
  Atanh,
  Attention,
  AveragePool,
  BatchNormalization,
  Bernoulli,
  BiasGelu,
  BitCast,
  BitShift,
  BitwiseAnd,
  BitwiseNot,
  BitwiseOr,
  BitwiseXor,
  BlackmanWindow,
  Cast,
  CastLike,
  CausalConvWithState,
  Ceil,
  Celu,
  CenterCropPad,
  Clip,
  Col2Im,
  Compress,
  Concat,
  ConcatFromSequence,
  ConstantOfShape,
  Conv,
  ConvTranspose,
  Cos,
  Cosh,
  Crop,
  CumProd,
  CumSum,
  DFT,
  DeformConv,
  DepthToSpace,
  Det,
  Div,
  Dropout,
  Einsum,
  Elu,
  EmbedLayerNormalization,
  Equal,
  Erf,
  Exp,
  Expand,
  ExpectedMask,
  EyeLike,
  FastGelu,
  Flatten,
  FlattenedSoftmax,
  Floor,
  FusedConv,
  FusedGemm,
  FusedMatMul,
  GRU,
  Gather,
  GatherElements,
  GatherND,
  Gelu,
  Gemm,
  GlobalAveragePool,
  GlobalLpPool,
  GlobalMaxPool,
  Greater,
  GreaterOrEqual,
  GridSample,
  GroupNormalization,
  HammingWindow,
  HannWindow,
  HardSigmoid,
  HardSwish,
  Hardmax,
  Identity,
  If,
  ImageScaler,
  InstanceNormalization,
  IsInf,
  IsNaN,
  LRN,
  LSTM,
  LayerNormalization,
  LeakyRelu,
  Less,
  LessOrEqual,
  LinearAttention,
  Log,
  LogSoftmax,
  Loop,
  LpNormalization,
  LpPool,
  MatMul,
  Max,
  MaxPool,
  MaxUnpool,
  Mean,
  MeanVarianceNormalization,
  MelWeightMatrix,
  MicrosoftAttention,
  MicrosoftGelu,
  Min,
  Mish,
  Mod,
  Mul,
  MultiHeadAttention,
  Multinomial,
  Neg,
  NegativeLogLikelihoodLoss,
  NonZero,
  Not,
  OneHot,
  Or,
  PRelu,
  Pad,
  Pow,
  QuickGelu,
  RMSNormalization,
  RNN,
  RandomNormal,
  RandomNormalLike,
  RandomUniform,
  RandomUniformLike,
  Range,
  Reciprocal,
  ReduceL1,
  ReduceL2,
  ReduceLogSum,
  ReduceLogSumExp,
  ReduceMax,
  ReduceMean,
  ReduceMin,
  ReduceProd,
  ReduceSum,
  ReduceSumSquare,
  Relu,
  Reshape,
  Resize,
  ReverseSequence,
  RoiAlign,
  RotaryEmbedding,
  Round,
  STFT,
  Scan,
  Scatter,
  ScatterElements,
  ScatterND,
  Selu,
  SequenceAt,
  SequenceConstruct,
  SequenceEmpty,
  SequenceErase,
  SequenceInsert,
  SequenceLength,
  SequenceMap,
  Shape,
  Shrink,
  Sigmoid,
  Sign,
  SimplifiedLayerNormalization,
  Sin,
  Sinh,
  Size,
  SkipLayerNormalization,
  SkipSimplifiedLayerNormalization,
  Slice,
  Softmax,
  SoftmaxCrossEntropyLoss,
  Softplus,
  Softsign,
  SpaceToDepth,
  Split,
  SplitToSequence,
  Sqrt,
  Squeeze,
  Sub,
  Sum,
  SwiGLU,
  Swish,
  Tan,
  Tanh,
  TensorScatter,
  ThresholdedRelu,
  Tile,
  TopK,
  Transpose,
  Trilu,
  Unique,
  Unsqueeze,
  Upsample,
  Where,
  Xor,
];
