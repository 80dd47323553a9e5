import type { Op } from "./op.js";
import { Abs } from "./abs.js";
import { Add } from "./add.js";
import { Cast } from "./cast.js";
import { ConstantOfShape } from "./constant-of-shape.js";
import { Div } from "./div.js";
import { Equal } from "./equal.js";
import { Exp } from "./exp.js";
import { Expand } from "./expand.js";
import { FlattenedSoftmax } from "./flattened-softmax.js";
import { Gemm } from "./gemm.js";
import { Greater } from "./greater.js";
import { Identity } from "./identity.js";
import { Less } from "./less.js";
import { Log } from "./log.js";
import { LogSoftmax } from "./log-softmax.js";
import { MatMul } from "./matmul.js";
import { Mul } from "./mul.js";
import { Neg } from "./neg.js";
import { ReduceMean } from "./reduce-mean.js";
import { ReduceSum } from "./reduce-sum.js";
import { Relu } from "./relu.js";
import { Reshape } from "./reshape.js";
import { Shape } from "./shape.js";
import { Sign } from "./sign.js";
import { Sqrt } from "./sqrt.js";
import { Sub } from "./sub.js";
import { Tanh } from "./tanh.js";
import { Transpose } from "./transpose.js";
import { Where } from "./where.js";

/** Every op that isograd knows, one file each. This list is written by tools/ops-index.mjs. */
export const OPS: readonly Op[] = [
  Abs,
  Add,
  Cast,
  ConstantOfShape,
  Div,
  Equal,
  Exp,
  Expand,
  FlattenedSoftmax,
  Gemm,
  Greater,
  Identity,
  Less,
  Log,
  LogSoftmax,
  MatMul,
  Mul,
  Neg,
  ReduceMean,
  ReduceSum,
  Relu,
  Reshape,
  Shape,
  Sign,
  Sqrt,
  Sub,
  Tanh,
  Transpose,
  Where,
];
