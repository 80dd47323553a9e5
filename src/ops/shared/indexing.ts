import { sizeOf, stridesOf } from "../../graph/tensor.js";
import type { Tensor, ValueType } from "../../graph/tensor.js";
import { IsogradError } from "../../util/errors.js";
import { normalizeAxes, result } from "./elementwise.js";

/** Returns an index counted from the front, checked against the size of its axis. */
export function indexWithin(index: number, size: number, where: string): number {
  const i = index < 0 ? index + size : index;
  if (!(i >= 0 && i < size)) {
    throw new IsogradError("op/input", `${where}: index ${index} is outside an axis of size ${size}`, {
      fix: "check the indices that the model is given",
    });
  }
  return i;
}

/** Returns a shape as [before `axis`, `axis` itself, after `axis`]. */
export const aroundAxis = (shape: readonly number[], axis: number): readonly [number, number, number] => [
  sizeOf(shape.slice(0, axis)),
  shape[axis]!,
  sizeOf(shape.slice(axis + 1)),
];

/** Returns for every element of a product of axes (row-major) the flat index Σ map[axis]·stride[axis]; −1 where any of the maps is −1. */
export function productIndex(maps: readonly ArrayLike<number>[], strides: readonly number[]): Int32Array {
  let index = new Int32Array(1);
  maps.forEach((map, axis) => {
    const next = new Int32Array(index.length * map.length);
    let k = 0;
    for (const from of index) {
      for (let i = 0; i < map.length; i++) next[k++] = from < 0 || map[i]! < 0 ? -1 : from + map[i]! * strides[axis]!;
    }
    index = next;
  });
  return index;
}

/** Returns the elements of `x` at flat indices, as a tensor of type `out`; `fill` where the index is −1. */
export function takeFlat(x: Tensor, index: Int32Array, out: ValueType, fill = 0): Tensor {
  const y = result(out);
  for (let i = 0; i < index.length; i++) y.data[i] = index[i]! < 0 ? fill : x.data[index[i]!]!;
  return y;
}

/** Returns the elements of `x` at the product of per-axis positions. */
export const takeProduct = (x: Tensor, maps: readonly ArrayLike<number>[], out: ValueType, fill = 0): Tensor =>
  takeFlat(x, productIndex(maps, stridesOf(x.shape)), out, fill);

/** Which elements of one axis a Slice takes: `length` of them from `start`, `step` apart. */
export interface Range {
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

/** Returns the ranges of a Slice, one per axis; bounds beyond the axis are clamped as numpy does. */
export function sliceRanges(
  shape: readonly number[],
  starts: ArrayLike<number>,
  ends: ArrayLike<number>,
  axes: ArrayLike<number> | undefined,
  steps: ArrayLike<number> | undefined,
  where: string,
): readonly Range[] {
  const ranges: Range[] = shape.map((length) => ({ start: 0, step: 1, length }));
  const named = normalizeAxes(axes ? Array.from(axes) : Array.from(starts, (_, i) => i), shape.length, where);
  if (ends.length !== starts.length || named.length !== starts.length || (steps && steps.length !== starts.length)) {
    throw new IsogradError("op/input", `${where}: its starts, ends, axes and steps differ in length`);
  }
  named.forEach((axis, i) => {
    ranges[axis] = range(shape[axis]!, starts[i]!, ends[i]!, steps?.[i] ?? 1, where);
  });
  return ranges;
}

function range(size: number, start: number, end: number, step: number, where: string): Range {
  if (step === 0) throw new IsogradError("op/input", `${where}: a step is 0`);
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const clamp = (v: number): number => Math.min(Math.max(v < 0 ? v + size : v, low), high);
  const [from, to] = [clamp(start), clamp(end)];
  return { start: from, step, length: size === 0 ? 0 : Math.max(0, Math.ceil((to - from) / step)) };
}

/** Returns the positions that a range takes. */
export const positions = (r: Range): Int32Array => Int32Array.from({ length: r.length }, (_, i) => r.start + i * r.step);
