import { IsogradError, invariant } from "../util/errors.js";
import { NodeAppender } from "./appender.js";
import { formatShape, int64s, isFloat, sameShape, sizeOf, tensor } from "./tensor.js";
import type { DType, ValueType } from "./tensor.js";

export type { Typing } from "./appender.js";

/**
 * Appends typed nodes to a graph. Values are named by strings. Every append infers the output types at once, so that a wrong
 * rule fails on the line that wrote it. Gradient rules and decompositions are written with the short methods (`add`,
 * `reduceSum`, …): each appends one standard ONNX op, or none where the op would change nothing, and returns its output.
 */
export class GraphBuilder extends NodeAppender {
  /** The value before broadcasting, by the result of `expand`. */
  readonly #expanded = new Map<string, string>();

  override rename(from: string, to: string, since: number): boolean {
    if (!super.rename(from, to, since)) return false;
    this.#expanded.clear();
    return true;
  }

  /** Adds a scalar constant with the dtype of `like`. */
  scalar(value: number, like: string): string {
    return this.constant(tensor(this.dtype(like), [], [value]));
  }
  /** Adds a scalar constant of an explicit dtype. */
  scalarOf(dtype: DType, value: number): string {
    return this.constant(tensor(dtype, [], [value]));
  }
  /** Adds a 1-D int64 constant, such as a shape or a list of axes. */
  ints(values: readonly number[]): string {
    return this.constant(int64s(values));
  }

  add(a: string, b: string): string {
    return this.#elementwise("Add", [a, b]);
  }
  sub(a: string, b: string): string {
    return this.#elementwise("Sub", [a, b]);
  }
  mul(a: string, b: string): string {
    return this.#elementwise("Mul", [a, b]);
  }
  div(a: string, b: string): string {
    return this.#elementwise("Div", [a, b]);
  }
  neg(a: string): string {
    return this.#elementwise("Neg", [a]);
  }
  exp(a: string): string {
    return this.op("Exp", [a]);
  }
  log(a: string): string {
    return this.op("Log", [a]);
  }
  sqrt(a: string): string {
    return this.op("Sqrt", [a]);
  }
  square(a: string): string {
    return this.mul(a, a);
  }
  matmul(a: string, b: string): string {
    return this.op("MatMul", [a, b]);
  }
  where(condition: string, a: string, b: string): string {
    return this.#elementwise("Where", [condition, a, b]);
  }
  less(a: string, b: string): string {
    return this.op("Less", [a, b]);
  }
  greater(a: string, b: string): string {
    return this.op("Greater", [a, b]);
  }
  equal(a: string, b: string): string {
    return this.op("Equal", [a, b]);
  }
  /** Multiplies `a` by a number that is known now. */
  scale(a: string, factor: number): string {
    return factor === 1 ? a : this.mul(a, this.scalar(factor, a));
  }
  /** Adds a number that is known now to `a`. */
  shift(a: string, term: number): string {
    return term === 0 ? a : this.add(a, this.scalar(term, a));
  }

  cast(a: string, to: DType): string {
    return this.dtype(a) === to ? a : this.op("Cast", [a], { to });
  }
  reshape(a: string, shape: readonly number[]): string {
    return sameShape(this.shape(a), shape) ? a : this.op("Reshape", [a, this.ints(shape)], { allowzero: shape.includes(0) ? 1 : 0 });
  }
  transpose(a: string, perm: readonly number[]): string {
    return perm.every((p, i) => p === i) ? a : this.op("Transpose", [a], { perm });
  }
  /** Transposes the last two axes: [..., m, n] → [..., n, m]. */
  swap(a: string): string {
    const r = this.shape(a).length;
    return this.transpose(a, [...Array(r - 2).keys(), r - 1, r - 2]);
  }
  /** Broadcasts `a` to `shape`, aligning trailing axes. */
  expand(a: string, shape: readonly number[]): string {
    if (sameShape(this.shape(a), shape)) return a;
    const source = this.#expanded.get(a) ?? a;
    const expanded = this.op("Expand", [source, this.ints(shape)]);
    this.#expanded.set(expanded, source);
    return expanded;
  }
  /** Appends an elementwise op on its inputs as they were before `expand`. The op broadcasts by itself, so no expanded copy is computed. */
  #elementwise(op: string, inputs: readonly string[]): string {
    const small = inputs.map((v) => this.#expanded.get(v) ?? v);
    if (small.every((v, i) => v === inputs[i])) return this.op(op, inputs);
    const rank = Math.max(...inputs.map((v) => this.shape(v).length));
    const full = Array.from(
      { length: rank },
      (_, i) => inputs.map((v) => this.shape(v)[this.shape(v).length - rank + i] ?? 1).find((d) => d !== 1) ?? 1,
    );
    return this.expand(this.op(op, small), full);
  }
  unsqueeze(a: string, axes: readonly number[]): string {
    return axes.length === 0 ? a : this.op("Unsqueeze", [a, this.ints(axes)]);
  }
  squeeze(a: string, axes: readonly number[]): string {
    return axes.length === 0 ? a : this.op("Squeeze", [a, this.ints(axes)]);
  }
  reduceSum(a: string, axes: readonly number[], keepdims = true): string {
    return this.#reduce("ReduceSum", a, axes, keepdims);
  }
  reduceMean(a: string, axes: readonly number[], keepdims = true): string {
    return this.#reduce("ReduceMean", a, axes, keepdims);
  }
  reduceMax(a: string, axes: readonly number[], keepdims = true): string {
    return this.#reduce("ReduceMax", a, axes, keepdims);
  }
  #reduce(op: string, a: string, axes: readonly number[], keepdims: boolean): string {
    if (axes.length === 0) return a;
    const reduced = (v: string, over: readonly number[]): string => this.op(op, [v, this.ints(over)], { keepdims: keepdims ? 1 : 0 });
    // Where a kept axis lies between reduced ones, the trailing axes are reduced first: runtimes are twice as fast, and float32 sums lose less.
    const shape = this.shape(a);
    const inner = new Set<number>();
    for (let d = shape.length - 1; d >= 0 && axes.includes(d); d--) inner.add(d);
    const large = (over: readonly number[]): boolean => over.reduce((n, d) => n * shape[d]!, 1) > 1;
    const [first, then] = [axes.filter((d) => inner.has(d)), axes.filter((d) => !inner.has(d))];
    return large(first) && large(then) ? reduced(reduced(a, first), then) : reduced(a, axes);
  }
  concat(parts: readonly string[], axis: number): string {
    return parts.length === 1 ? parts[0]! : this.op("Concat", parts, { axis });
  }
  slice(a: string, starts: readonly number[], ends: readonly number[], axes: readonly number[], steps?: readonly number[]): string {
    const inputs = [a, this.ints(starts), this.ints(ends), this.ints(axes)];
    return this.op("Slice", steps?.some((s) => s !== 1) ? [...inputs, this.ints(steps)] : inputs);
  }
  /** Pads with zeros: `begins` and `ends` are numbers of elements for each axis; negative ones crop. */
  pad(a: string, begins: readonly number[], ends: readonly number[]): string {
    if (begins.every((p) => p === 0) && ends.every((p) => p === 0)) return a;
    return this.op("Pad", [a, this.ints([...begins, ...ends])]);
  }
  split(a: string, sizes: readonly number[], axis: number): readonly string[] {
    return sizes.length === 1 ? [a] : this.ops("Split", [a, this.ints(sizes)], { axis }, { outputs: sizes.length });
  }
  /** Returns a tensor filled with one value. It is made at run time, so that a file does not store it. Error `op/input`. */
  full(value: number, type: ValueType): string {
    if (!type.shape.every((d) => Number.isSafeInteger(d) && d >= 0))
      throw new IsogradError("op/input", `no tensor has the shape ${formatShape(type.shape)}`, { fix: "check the sizes that the network is given" });
    if (sizeOf(type.shape) <= 1) return this.constant(tensor(type.dtype, type.shape, new Array<number>(sizeOf(type.shape)).fill(value)));
    return this.op("ConstantOfShape", [this.ints(type.shape)], { value: tensor(type.dtype, [1], [value]) });
  }
  zerosLike(a: string): string {
    return this.full(0, this.type(a));
  }
  onesLike(a: string): string {
    return this.full(1, this.type(a));
  }
  /** Returns the sum of values of one shape; undefined for an empty list. */
  sum(values: readonly string[]): string | undefined {
    return values.length === 0 ? undefined : values.reduce((s, v) => this.add(s, v));
  }
  /** Sums `a` down to `shape`: the transpose of broadcasting `shape` to the shape of `a`, as backward passes need it. */
  unbroadcast(a: string, shape: readonly number[]): string {
    const from = this.shape(a);
    if (sameShape(from, shape)) return a;
    const extra = from.length - shape.length;
    invariant(extra >= 0, `cannot undo broadcasting from ${formatShape(from)} to ${formatShape(shape)}`);
    const axes = from.flatMap((d, i) => (i < extra || (shape[i - extra] === 1 && d !== 1) ? [i] : []));
    const keep = axes.some((i) => i >= extra);
    return this.reshape(this.reduceSum(a, axes, keep), shape);
  }
  /** Broadcasts `a` to exactly `shape`, aligning trailing axes. */
  broadcastTo(a: string, shape: readonly number[]): string {
    return this.expand(a, shape);
  }
  isFloat(a: string): boolean {
    return isFloat(this.dtype(a));
  }
}
