import { allocate, formatShape, formatType, isFloat, sizeOf, stridesOf } from "../../graph/tensor.js";
import type { DType, NumericArray, Tensor, ValueType } from "../../graph/tensor.js";
import { IsogradError } from "../../util/errors.js";
import type { EvalContext, InferContext } from "../op.js";
import { broadcastSteps, eachRow, rowsOf } from "./rows.js";

/** Returns working storage for results: float64 for floats whatever the dtype says, else the dtype's own. */
const workspace = (dtype: DType, length: number): NumericArray => (isFloat(dtype) ? new Float64Array(length) : allocate(dtype, length));

/** Returns an empty result of a type, in working storage. */
export const result = (type: ValueType): Tensor => ({ dtype: type.dtype, shape: type.shape, data: workspace(type.dtype, sizeOf(type.shape)) });

/** Infers one output like the first input. */
export function likeFirst(c: InferContext): readonly ValueType[] {
  const t = c.types[0]!;
  return [{ dtype: t.dtype, shape: t.shape }];
}

/** Returns the shape that any number of shapes broadcast to, as in numpy; undefined when they do not fit. */
export function broadcastShape(...shapes: readonly (readonly number[])[]): readonly number[] | undefined {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  const out = new Array<number>(rank).fill(1);
  for (const s of shapes) {
    for (let i = 0; i < s.length; i++) {
      const at = rank - s.length + i;
      const d = s[i]!;
      if (d === 1) continue;
      if (out[at] !== 1 && out[at] !== d) return undefined;
      out[at] = d;
    }
  }
  return out;
}

/** Infers one output: all inputs broadcast together; they must share one dtype, which is the output's unless `dtype` says another. */
export function broadcastAll(c: InferContext, dtype?: DType): readonly ValueType[] {
  const types = c.types.filter((t) => t !== undefined);
  const first = types[0]!;
  for (const t of types) {
    if (t.dtype !== first.dtype) c.fail("its inputs have different element types", { received: types.map(formatType).join(" and ") });
  }
  const shape = broadcastShape(...types.map((t) => t.shape));
  if (!shape) return c.fail("its inputs do not broadcast", { received: types.map(formatType).join(" and ") });
  return [{ dtype: dtype ?? first.dtype, shape }];
}

/** Computes f of every element of the first input. */
export function mapUnary(c: EvalContext, f: (x: number) => number): readonly Tensor[] {
  const x = c.xs[0]!.data;
  const y = result(c.out[0]!);
  for (let i = 0; i < x.length; i++) y.data[i] = f(x[i]!);
  return [y];
}

/** Computes f of pairs of elements, broadcasting. */
export function mapBinary(c: EvalContext, f: (a: number, b: number) => number): readonly Tensor[] {
  return [broadcastMap(c.xs[0]!, c.xs[1]!, c.out[0]!, f)];
}

/**
 * Fills a row of `y` from rows of `a` and `b`, which move by their steps `sa` and `sb`. An op with a loop of its own is several
 * times faster than one function for all.
 */
export type RowMap = (
  y: NumericArray,
  o: number,
  a: NumericArray,
  ia: number,
  sa: number,
  b: NumericArray,
  ib: number,
  sb: number,
  n: number,
) => void;

/** Returns the two inputs broadcast, row by row. */
export function mapRows(c: EvalContext, row: RowMap): readonly Tensor[] {
  return [broadcastRows(c.xs[0]!, c.xs[1]!, c.out[0]!, row)];
}

/** Computes f of pairs of elements of two tensors, broadcast to the shape of `out`. */
export function broadcastMap(a: Tensor, b: Tensor, out: ValueType, f: (a: number, b: number) => number): Tensor {
  return broadcastRows(a, b, out, (y, o, a, ia, sa, b, ib, sb, n) => {
    for (let i = 0; i < n; i++) y[o + i] = f(a[ia + i * sa]!, b[ib + i * sb]!);
  });
}

function broadcastRows(a: Tensor, b: Tensor, out: ValueType, row: RowMap): Tensor {
  const y = result(out);
  const rows = rowsOf(out.shape, [stridesOf(out.shape), broadcastSteps(a.shape, out.shape), broadcastSteps(b.shape, out.shape)]);
  const [, sa, sb] = rows.steps as readonly [number, number, number];
  eachRow(rows, ([o, ia, ib]) => row(y.data, o!, a.data, ia!, sa, b.data, ib!, sb, rows.length));
  return y;
}

/** Returns for every element of `to` (row-major) the flat index of the element of `from` that broadcasting puts there. */
export function broadcastIndex(from: readonly number[], to: readonly number[]): Int32Array {
  const index = new Int32Array(sizeOf(to));
  const rows = rowsOf(to, [stridesOf(to), broadcastSteps(from, to)]);
  const step = rows.steps[1]!;
  eachRow(rows, (at) => {
    const [o, start] = at as readonly [number, number];
    for (let i = 0; i < rows.length; i++) index[o + i] = start + i * step;
  });
  return index;
}

/** Returns the axis counted from the front, checked against the rank. */
export function normalizeAxis(axis: number, rank: number, where: string): number {
  const a = axis < 0 ? axis + rank : axis;
  if (!(a >= 0 && a < rank)) {
    throw new IsogradError("op/input", `${where}: axis ${axis} is outside a tensor of rank ${rank}`, {
      fix: "check the shapes that the model is given",
    });
  }
  return a;
}

/** Applies `normalizeAxis` to a list; a repeated axis is an error. */
export function normalizeAxes(axes: readonly number[], rank: number, where: string): readonly number[] {
  const all = axes.map((a) => normalizeAxis(a, rank, where));
  if (new Set(all).size !== all.length) {
    throw new IsogradError("op/input", `${where}: an axis is named twice`, { received: formatShape(axes) });
  }
  return all;
}

/** Returns a divisor between integers, where division by zero has no result. */
export function nonZero(b: number, where: string): number {
  if (b === 0) throw new IsogradError("op/input", `${where}: an integer is divided by zero`, { fix: "check the integers in the batch" });
  return b;
}
