import type { Op } from "./op.js";
import { Abs } from "./abs.js";
import { Acos } from "./acos.js";
import { Acosh } from "./acosh.js";
import { Add } from "./add.js";
import { Asin } from "./asin.js";
import { Asinh } from "./asinh.js";
import { Atan } from "./atan.js";
import { Atanh } from "./atanh.js";
import { Cast } from "./cast.js";
import { Ceil } from "./ceil.js";
import { Concat } from "./concat.js";
import { ConstantOfShape } from "./constant-of-shape.js";
import { Cos } from "./cos.js";
import { Cosh } from "./cosh.js";
import { Div } from "./div.js";
import { Einsum } from "./einsum.js";
import { Equal } from "./equal.js";
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
import { Identity } from "./identity.js";
import { LSTM } from "./lstm.js";
import { Less } from "./less.js";
import { Log } from "./log.js";
import { LogSoftmax } from "./log-softmax.js";
import { MatMul } from "./matmul.js";
import { Mul } from "./mul.js";
import { Neg } from "./neg.js";
import { Pad } from "./pad.js";
import { RNN } from "./rnn.js";
import { Reciprocal } from "./reciprocal.js";
import { ReduceMean } from "./reduce-mean.js";
import { ReduceSum } from "./reduce-sum.js";
import { Relu } from "./relu.js";
import { Reshape } from "./reshape.js";
import { ScatterElements } from "./scatter-elements.js";
import { ScatterND } from "./scatter-nd.js";
import { Shape } from "./shape.js";
import { Sign } from "./sign.js";
import { Sin } from "./sin.js";
import { Sinh } from "./sinh.js";
import { Size } from "./size.js";
import { Slice } from "./slice.js";
import { Split } from "./split.js";
import { Sqrt } from "./sqrt.js";
import { Squeeze } from "./squeeze.js";
import { Sub } from "./sub.js";
import { Tan } from "./tan.js";
import { Tanh } from "./tanh.js";
import { Tile } from "./tile.js";
import { Transpose } from "./transpose.js";
import { Unsqueeze } from "./unsqueeze.js";
import { Where } from "./where.js";

/** Every op that isograd knows, one file each. This list is written by tools/ops-index.mjs. */
export const OPS: readonly Op[] = [
  Abs,
  Acos,
  Acosh,
  Add,
  Asin,
  Asinh,
  Atan,
  Atanh,
  Cast,
  Ceil,
  Concat,
  ConstantOfShape,
  Cos,
  Cosh,
  Div,
  Einsum,
  Equal,
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
  Identity,
  LSTM,
  Less,
  Log,
  LogSoftmax,
  MatMul,
  Mul,
  Neg,
  Pad,
  RNN,
  Reciprocal,
  ReduceMean,
  ReduceSum,
  Relu,
  Reshape,
  ScatterElements,
  ScatterND,
  Shape,
  Sign,
  Sin,
  Sinh,
  Size,
  Slice,
  Split,
  Sqrt,
  Squeeze,
  Sub,
  Tan,
  Tanh,
  Tile,
  Transpose,
  Unsqueeze,
  Where,
];
