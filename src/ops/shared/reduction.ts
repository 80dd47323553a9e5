import type { GraphBuilder } from "../../graph/builder.js";
import type { Node } from "../../graph/graph.js";
import { bytesPerElement, int64s, isFloat, sizeOf, stridesOf } from "../../graph/tensor.js";
import type { DType, Tensor, ValueType } from "../../graph/tensor.js";
import type { AttrSpec, EvalContext, InferContext, UpgradeContext, VjpContext } from "../op.js";
import { normalizeAxes, result } from "./elementwise.js";
import { eachRow, rowsOf } from "./rows.js";

type Ports = "data" | "axes";

/** Returns the axes that a reduction runs over: its `axes` input, or all (none with noop_with_empty_axes). */
export function reducedAxes(rank: number, axes: Tensor | undefined, noop: boolean, where: string): readonly number[] {
  const given = axes ? Array.from(axes.data) : [];
  if (given.length === 0) return noop ? [] : Array.from({ length: rank }, (_, i) => i);
  return normalizeAxes(given, rank, where);
}

/** Infers the output type of a reduction. */
export function inferReduction(c: InferContext<Ports>): readonly ValueType[] {
  const { dtype, shape } = c.type("data");
  const axes = new Set(reducedAxes(shape.length, c.optionalConstant("axes"), c.attrs.flag("noop_with_empty_axes"), c.node.op));
  const keep = c.attrs.flag("keepdims");
  return [{ dtype, shape: shape.flatMap((d, i) => (axes.has(i) ? (keep ? [1] : []) : [d])) }];
}

/** Returns acc + x, which `reduce` knows by name: sums are its fast case. */
export const plus = (acc: number, x: number): number => acc + x;

/** Folds every group of elements with `step`, from `start`, then `finish(accumulated, count)`. */
export function reduce(
  c: EvalContext<Ports>,
  start: number,
  step: (acc: number, x: number) => number,
  finish?: (acc: number, count: number) => number,
): readonly Tensor[] {
  const { shape, data } = c.x.data;
  const axes = new Set(reducedAxes(shape.length, c.has("axes") ? c.x.axes : undefined, c.attrs.flag("noop_with_empty_axes"), c.node.op));
  const out = result(c.out[0]!);
  const acc = new Float64Array(out.data.length).fill(start);
  const rows = rowsOf(shape, [stridesOf(shape), groupSteps(shape, axes)]);
  const { length } = rows;
  const within = rows.steps[1] === 0;
  eachRow(rows, (at) => {
    const [i, o] = at as readonly [number, number];
    if (!within) {
      if (step === plus) for (let k = 0; k < length; k++) acc[o + k] = acc[o + k]! + data[i + k]!;
      else for (let k = 0; k < length; k++) acc[o + k] = step(acc[o + k]!, data[i + k]!);
    } else {
      let a = acc[o]!;
      if (step === plus) for (let k = 0; k < length; k++) a += data[i + k]!;
      else for (let k = 0; k < length; k++) a = step(a, data[i + k]!);
      acc[o] = a;
    }
  });
  const count = out.data.length === 0 ? 0 : sizeOf(shape) / out.data.length;
  for (let i = 0; i < acc.length; i++) out.data[i] = finish ? finish(acc[i]!, count) : acc[i]!;
  return [out];
}

/** Returns the steps in the reduced tensor along each axis of `shape`: 0 along the axes that are reduced away. */
function groupSteps(shape: readonly number[], axes: ReadonlySet<number>): readonly number[] {
  const own = stridesOf(shape.map((d, i) => (axes.has(i) ? 1 : d)));
  return shape.map((_, i) => (axes.has(i) ? 0 : own[i]!));
}

/** Returns the axes of a reduction node inside a gradient rule, and the shape with those axes kept as 1. */
export function reductionOf(c: VjpContext<Ports, "reduced">): { readonly axes: readonly number[]; readonly kept: readonly number[] } {
  const shape = c.b.shape(c.x.data);
  const given = c.x.axes === "" ? undefined : c.constant("axes");
  const axes = reducedAxes(shape.length, given, c.attrs.flag("noop_with_empty_axes"), c.node.op);
  return { axes, kept: shape.map((d, i) => (axes.includes(i) ? 1 : d)) };
}

/** Turns the attribute `axes` of before opset 18 (13 for ReduceSum) into an input. */
export function upgradeReduction(u: UpgradeContext): Node {
  const { axes, ...attrs } = u.node.attrs;
  if (axes === undefined) return u.node;
  return { ...u.node, attrs, inputs: [u.node.inputs[0]!, u.constant(int64s(axes as readonly number[]))] };
}

/** The attributes of every reduction. */
export const reductionAttrs: Readonly<Record<string, AttrSpec>> = {
  keepdims: { kind: "flag", default: 1 },
  noop_with_empty_axes: { kind: "flag", default: 0 },
};

/** Appends `body` on `data`; on integers in float64, truncated at the end. */
export function inFloat(b: GraphBuilder, data: string, body: (data: string) => string): string {
  return b.isFloat(data) ? body(data) : b.cast(body(b.cast(data, "float64")), b.dtype(data));
}

/** Appends √x whose derivative at 0 is 0 instead of infinite. */
export function safeSqrt(b: GraphBuilder, x: string): string {
  const none = b.equal(x, b.scalar(0, x));
  return b.where(none, b.scalar(0, x), b.sqrt(b.where(none, b.scalar(1, x), x)));
}

/** Appends the cotangent of ReduceMax and ReduceMin: equal shares to all elements that attain the extremum, as torch.amax and torch.amin have it. */
export function extremumShares(c: VjpContext<Ports, "reduced">): string {
  const { b, x, y, g } = c;
  const { axes, kept } = reductionOf(c);
  const attained = b.equal(x.data, b.reshape(y.reduced, kept));
  const count = b.reduceSum(b.cast(attained, b.dtype(x.data)), axes);
  return b.where(attained, b.div(b.reshape(g.reduced, kept), count), b.scalar(0, x.data));
}

/** Returns the largest (`sign` 1) or least (−1) value that an element type holds: what reducing nothing gives. */
export function extremeOf(dtype: DType, sign: 1 | -1): number {
  if (isFloat(dtype)) return sign * Infinity;
  if (dtype === "bool") return sign > 0 ? 1 : 0;
  const bits = 8 * bytesPerElement(dtype);
  if (dtype.startsWith("u")) return sign > 0 ? 2 ** bits - 1 : 0;
  return sign > 0 ? 2 ** (bits - 1) - 1 : -(2 ** (bits - 1));
}
