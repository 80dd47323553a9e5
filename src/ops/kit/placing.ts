import type { GraphBuilder } from "../../graph/builder.js";
import { sizeOf, stridesOf } from "../../graph/tensor.js";
import { indexWithin } from "./indexing.js";
import type { Range } from "./indexing.js";

/** The adjoint of a Slice: `g` put back into zeros of `shape`. Undefined when the slice was empty. */
export function unslice(b: GraphBuilder, g: string, shape: readonly number[], ranges: readonly Range[]): string | undefined {
  if (ranges.some((r) => r.length === 0)) return undefined;
  const reversed = ranges.flatMap((r, axis) => (r.step < 0 && r.length > 1 ? [axis] : []));
  let v = g;
  if (reversed.length > 0) v = reverse(b, v, reversed);
  const stride = ranges.map((r) => (r.length > 1 ? Math.abs(r.step) : 1));
  if (stride.some((s) => s > 1)) v = interleave(b, v, ranges.map((r) => r.length), stride);
  const low = ranges.map((r) => (r.step < 0 ? r.start + (r.length - 1) * r.step : r.start));
  return b.pad(v, low, ranges.map((r, i) => shape[i]! - low[i]! - r.length * stride[i]!));
}

/** The elements in reversed order along some axes. */
export function reverse(b: GraphBuilder, v: string, axes: readonly number[]): string {
  const shape = b.shape(v);
  return b.slice(v, axes.map(() => -1), axes.map((a) => -shape[a]! - 1), axes, axes.map(() => -1));
}

/** Every element followed by stride − 1 zeros, along every axis: a 1-axis is made behind each, padded, and merged again. */
function interleave(b: GraphBuilder, v: string, lengths: readonly number[], stride: readonly number[]): string {
  const split = b.reshape(v, lengths.flatMap((n, i) => (stride[i] === 1 ? [n] : [n, 1])));
  const zeros = lengths.flatMap((_, i) => (stride[i] === 1 ? [0] : [0, 0]));
  const after = stride.flatMap((s) => (s === 1 ? [0] : [0, s - 1]));
  return b.reshape(b.pad(split, zeros, after), lengths.map((n, i) => n * stride[i]!));
}

interface Run {
  readonly from: number;
  readonly to: number;
  readonly slope: number;
  length: number;
}

/** A list of positions as maximal stretches that rise by 1, fall by 1 or stay. */
function runsOf(index: ArrayLike<number>): readonly Run[] {
  const runs: Run[] = [];
  for (let i = 0; i < index.length; ) {
    const slope = i + 1 < index.length ? index[i + 1]! - index[i]! : 1;
    let length = 1;
    if (Math.abs(slope) <= 1) while (i + length < index.length && index[i + length]! - index[i + length - 1]! === slope) length++;
    runs.push({ from: i, to: index[i]!, slope, length });
    i += length;
  }
  return runs;
}

const RUNS_LIMIT = 4;

/**
 * The adjoint of taking known positions along an axis: `g` added into zeros of `size` at `index`.
 * Few stretches become slices, reversed or summed, each padded to its place; many scattered ones become a scatter.
 */
export function placeAlong(b: GraphBuilder, g: string, axis: number, index: ArrayLike<number>, size: number): string | undefined {
  const shape = b.shape(g);
  if (index.length === 0) return undefined;
  const runs = runsOf(index);
  if (runs.length > RUNS_LIMIT) return scatterAlong(b, g, axis, b.ints(Array.from(index)), 1, size);
  return b.sum(
    runs.map(({ from, to, slope, length }) => {
      let part = length === index.length ? g : b.slice(g, [from], [from + length], [axis]);
      if (slope === -1 && length > 1) part = reverse(b, part, [axis]);
      if (slope === 0) part = b.reduceSum(part, [axis]);
      const width = slope === 0 ? 1 : length;
      const low = slope === -1 ? to - length + 1 : to;
      return b.pad(part, shape.map((_, i) => (i === axis ? low : 0)), shape.map((_, i) => (i === axis ? size - low - width : 0)));
    }),
  );
}

/**
 * The adjoint of Gather: slices of `g` added into zeros at `indices`, which stand at `axis` of `g` and fill `rank` of its axes.
 *
 * ScatterElements, never ScatterND: onnxruntime 1.30 runs ScatterND with reduction="add" in parallel over the indices without
 * any lock, so on two threads duplicates lose updates (wrong in every run with 65,536 indices into 64 rows). ScatterElements adds in order,
 * whatever the threads. A [30000, 256] table with 1024 indices costs 8 ms, of which 6 are the zeros; ScatterND 6 ms.
 */
export function scatterAlong(b: GraphBuilder, g: string, axis: number, indices: string, rank: number, size: number): string {
  const shape = b.shape(g);
  const rows = sizeOf(shape.slice(axis, axis + rank));
  const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + rank))];
  const flat = outer === 1 ? [rows, inner] : [outer, rows, inner];
  const at = flat.length - 2;
  const spread = b.expand(b.reshape(indices, flat.map((_, i) => (i === at ? rows : 1))), flat);
  const zeros = b.full(0, { dtype: b.dtype(g), shape: flat.map((d, i) => (i === at ? size : d)) });
  const sum = b.op("ScatterElements", [zeros, spread, b.reshape(g, flat)], { axis: at, reduction: "add" });
  return b.reshape(sum, [...shape.slice(0, axis), size, ...shape.slice(axis + rank)]);
}

/**
 * The flat row numbers that index tuples name: `indices` [batch…, …, k] into a table of the first batch + k dims of `shape`,
 * with one entry per tuple, the batch's own offset added. Negative indices are counted from the end.
 */
export function flatRows(b: GraphBuilder, indices: string, shape: readonly number[], batchDims: number): string {
  const own = b.shape(indices);
  const k = own[own.length - 1]!;
  const table = shape.slice(0, batchDims + k);
  const dims = table.slice(batchDims);
  const steps = stridesOf(table);
  const tuples = sizeOf(own.slice(0, -1));
  const batches = sizeOf(table.slice(0, batchDims));
  const block = sizeOf(dims);
  const offset = (tuple: number): number => Math.floor(tuple / (tuples / batches)) * block;
  const known = b.constantOf(indices);
  if (known) {
    return b.ints(
      Array.from({ length: tuples }, (_, t) =>
        dims.reduce((at, d, j) => at + indexWithin(known.data[t * k + j]!, d, "an index") * steps[batchDims + j]!, offset(t)),
      ),
    );
  }
  const pairs = b.reshape(b.cast(indices, "int64"), [tuples, k]);
  const positive = b.where(b.less(pairs, b.scalarOf("int64", 0)), b.add(pairs, b.ints(dims)), pairs);
  const rows = b.reduceSum(b.mul(positive, b.ints(steps.slice(batchDims))), [1], false);
  return batchDims === 0 ? rows : b.add(rows, b.ints(Array.from({ length: tuples }, (_, t) => offset(t))));
}

/** The adjoint of GatherND: slices of `g` added into zeros of `shape` at the rows that the index tuples name. */
export function scatterRows(b: GraphBuilder, g: string, indices: string, shape: readonly number[], batchDims: number): string {
  const own = b.shape(indices);
  const lead = batchDims + own[own.length - 1]!;
  const rows = flatRows(b, indices, shape, batchDims);
  const tuples = b.shape(rows)[0]!;
  const flat = b.reshape(g, [tuples, sizeOf(shape.slice(lead))]);
  return b.reshape(scatterAlong(b, flat, 0, rows, 1, sizeOf(shape.slice(0, lead))), shape);
}
