import type { Op } from "./op.js";
import { Abs } from "./abs.js";
import { Acos } from "./acos.js";
import { Acosh } from "./acosh.js";
import { Add } from "./add.js";
import { And } from "./and.js";
import { Asin } from "./asin.js";
import { Asinh } from "./asinh.js";
import { Atan } from "./atan.js";
import { Atanh } from "./atanh.js";
import { BitShift } from "./bit-shift.js";
import { BitwiseAnd } from "./bitwise-and.js";
import { BitwiseNot } from "./bitwise-not.js";
import { BitwiseOr } from "./bitwise-or.js";
import { BitwiseXor } from "./bitwise-xor.js";
import { Cast } from "./cast.js";
import { Ceil } from "./ceil.js";
import { Clip } from "./clip.js";
import { Concat } from "./concat.js";
import { ConstantOfShape } from "./constant-of-shape.js";
import { Cos } from "./cos.js";
import { Cosh } from "./cosh.js";
import { Div } from "./div.js";
import { Dropout } from "./dropout.js";
import { Einsum } from "./einsum.js";
import { Equal } from "./equal.js";
import { Erf } from "./erf.js";
import { Exp } from "./exp.js";
import { Expand } from "./expand.js";
import { Flatten } from "./flatten.js";
import { FlattenedSoftmax } from "./flattened-softmax.js";
import { Floor } from "./floor.js";
import { GRU } from "./gru.js";
import { Gather } from "./gather.js";
import { GatherElements } from "./gather-elements.js";
import { GatherND } from "./gather-nd.js";
import { Gemm } from "./gemm.js";
import { Greater } from "./greater.js";
import { GreaterOrEqual } from "./greater-or-equal.js";
import { Identity } from "./identity.js";
import { If } from "./if.js";
import { LSTM } from "./lstm.js";
import { Less } from "./less.js";
import { LessOrEqual } from "./less-or-equal.js";
import { Log } from "./log.js";
import { LogSoftmax } from "./log-softmax.js";
import { Loop } from "./loop.js";
import { MatMul } from "./matmul.js";
import { Max } from "./max.js";
import { Mean } from "./mean.js";
import { Min } from "./min.js";
import { Mul } from "./mul.js";
import { Neg } from "./neg.js";
import { Not } from "./not.js";
import { Or } from "./or.js";
import { Pad } from "./pad.js";
import { Pow } from "./pow.js";
import { RNN } from "./rnn.js";
import { Reciprocal } from "./reciprocal.js";
import { ReduceMean } from "./reduce-mean.js";
import { ReduceSum } from "./reduce-sum.js";
import { Relu } from "./relu.js";
import { Reshape } from "./reshape.js";
import { Scan } from "./scan.js";
import { ScatterElements } from "./scatter-elements.js";
import { ScatterND } from "./scatter-nd.js";
import { Shape } from "./shape.js";
import { Sigmoid } from "./sigmoid.js";
import { Sign } from "./sign.js";
import { Sin } from "./sin.js";
import { Sinh } from "./sinh.js";
import { Size } from "./size.js";
import { Slice } from "./slice.js";
import { Split } from "./split.js";
import { Sqrt } from "./sqrt.js";
import { Squeeze } from "./squeeze.js";
import { Sub } from "./sub.js";
import { Sum } from "./sum.js";
import { Tan } from "./tan.js";
import { Tanh } from "./tanh.js";
import { Tile } from "./tile.js";
import { Transpose } from "./transpose.js";
import { Unsqueeze } from "./unsqueeze.js";
import { Where } from "./where.js";
import { Xor } from "./xor.js";

/** Every op that isograd knows, one file each. This list is written by tools/ops-index.mjs. */
export const OPS: readonly Op[] = [
  Abs,
  Acos,
  Acosh,
  Add,
  And,
  Asin,
  Asinh,
  Atan,
  Atanh,
  BitShift,
  BitwiseAnd,
  BitwiseNot,
  BitwiseOr,
  BitwiseXor,
  Cast,
  Ceil,
  Clip,
  Concat,
  ConstantOfShape,
  Cos,
  Cosh,
  Div,
  Dropout,
  Einsum,
  Equal,
  Erf,
  Exp,
  Expand,
  Flatten,
  FlattenedSoftmax,
  Floor,
  GRU,
  Gather,
  GatherElements,
  GatherND,
  Gemm,
  Greater,
  GreaterOrEqual,
  Identity,
  If,
  LSTM,
  Less,
  LessOrEqual,
  Log,
  LogSoftmax,
  Loop,
  MatMul,
  Max,
  Mean,
  Min,
  Mul,
  Neg,
  Not,
  Or,
  Pad,
  Pow,
  RNN,
  Reciprocal,
  ReduceMean,
  ReduceSum,
  Relu,
  Reshape,
  Scan,
  ScatterElements,
  ScatterND,
  Shape,
  Sigmoid,
  Sign,
  Sin,
  Sinh,
  Size,
  Slice,
  Split,
  Sqrt,
  Squeeze,
  Sub,
  Sum,
  Tan,
  Tanh,
  Tile,
  Transpose,
  Unsqueeze,
  Where,
  Xor,
];
