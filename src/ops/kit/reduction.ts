import { sizeOf } from "../../graph/tensor.js";
import type { Tensor, ValueType } from "../../graph/tensor.js";
import type { EvalContext, InferContext, UpgradeContext, VjpContext } from "../op.js";
import type { Node } from "../../graph/graph.js";
import { int64s } from "../../graph/tensor.js";
import { normalizeAxes, result } from "./elementwise.js";

type Ports = "data" | "axes";

/** The axes that a reduction runs over: its `axes` input, or all (none with noop_with_empty_axes). */
export function reducedAxes(rank: number, axes: Tensor | undefined, noop: boolean, where: string): readonly number[] {
  const given = axes ? Array.from(axes.data) : [];
  if (given.length === 0) return noop ? [] : Array.from({ length: rank }, (_, i) => i);
  return normalizeAxes(given, rank, where);
}

/** Shape rule of all reductions. */
export function inferReduction(c: InferContext<Ports>): readonly ValueType[] {
  const { dtype, shape } = c.type("data");
  const axes = new Set(reducedAxes(shape.length, c.optionalConstant("axes"), c.attrs.flag("noop_with_empty_axes"), c.node.op));
  const keep = c.attrs.flag("keepdims");
  return [{ dtype, shape: shape.flatMap((d, i) => (axes.has(i) ? (keep ? [1] : []) : [d])) }];
}

/** Folds every group of elements with `step`, from `start`, then `finish(accumulated, count)`. */
export function reduce(
  c: EvalContext<Ports>,
  start: number,
  step: (acc: number, x: number) => number,
  finish: (acc: number, count: number) => number = (acc) => acc,
): readonly Tensor[] {
  const x = c.x.data;
  const rank = x.shape.length;
  const axes = new Set(reducedAxes(rank, c.has("axes") ? c.x.axes : undefined, c.attrs.flag("noop_with_empty_axes"), c.node.op));
  const out = result(c.out[0]!);
  const target = groupIndex(x.shape, axes);
  const acc = new Float64Array(out.data.length).fill(start);
  for (let i = 0; i < x.data.length; i++) acc[target[i]!] = step(acc[target[i]!]!, x.data[i]!);
  const count = out.data.length === 0 ? 0 : sizeOf(x.shape) / out.data.length;
  for (let i = 0; i < acc.length; i++) out.data[i] = finish(acc[i]!, count);
  return [out];
}

/** For every element of `shape` the index of its group when `axes` are reduced away. */
export function groupIndex(shape: readonly number[], axes: ReadonlySet<number>): Int32Array {
  const step = new Array<number>(shape.length).fill(0);
  let size = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    if (axes.has(d)) continue;
    step[d] = size;
    size *= shape[d]!;
  }
  const n = sizeOf(shape);
  const index = new Int32Array(n);
  const counter = new Array<number>(shape.length).fill(0);
  let at = 0;
  for (let i = 0; i < n; i++) {
    index[i] = at;
    for (let d = shape.length - 1; d >= 0; d--) {
      at += step[d]!;
      if (++counter[d]! < shape[d]!) break;
      at -= step[d]! * shape[d]!;
      counter[d] = 0;
    }
  }
  return index;
}

/** The axes of a reduction node inside a gradient rule, and the shape with those axes kept as 1. */
export function reductionOf(c: VjpContext<Ports, "reduced">): { readonly axes: readonly number[]; readonly kept: readonly number[] } {
  const shape = c.b.shape(c.x.data);
  const given = c.x.axes === "" ? undefined : c.constant("axes");
  const axes = reducedAxes(shape.length, given, c.attrs.flag("noop_with_empty_axes"), c.node.op);
  return { axes, kept: shape.map((d, i) => (axes.includes(i) ? 1 : d)) };
}

/** Before opset 18 (13 for ReduceSum) the axes were an attribute. */
export function upgradeReduction(u: UpgradeContext): Node {
  const { axes, ...attrs } = u.node.attrs;
  if (axes === undefined) return u.node;
  return { ...u.node, attrs, inputs: [u.node.inputs[0]!, u.constant(int64s(axes as readonly number[]))] };
}
