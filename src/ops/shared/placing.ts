import type { GraphBuilder } from "../../graph/builder.js";
import { sizeOf, stridesOf, tensor } from "../../graph/tensor.js";
import { indexWithin } from "./indexing.js";
import type { Range } from "./indexing.js";

/** Appends the adjoint of a Slice: `g` put back into zeros of `shape`. Undefined when the slice was empty. */
export function unslice(b: GraphBuilder, g: string, shape: readonly number[], ranges: readonly Range[]): string | undefined {
  if (ranges.some((r) => r.length === 0)) return undefined;
  const reversed = ranges.flatMap((r, axis) => (r.step < 0 && r.length > 1 ? [axis] : []));
  let v = g;
  if (reversed.length > 0) v = reverse(b, v, reversed);
  const stride = ranges.map((r) => (r.length > 1 ? Math.abs(r.step) : 1));
  if (stride.some((s) => s > 1))
    v = interleave(
      b,
      v,
      ranges.map((r) => r.length),
      stride,
    );
  const low = ranges.map((r) => (r.step < 0 ? r.start + (r.length - 1) * r.step : r.start));
  return b.pad(
    v,
    low,
    ranges.map((r, i) => shape[i]! - low[i]! - r.length * stride[i]!),
  );
}

/** Appends the elements in reversed order along some axes. */
export function reverse(b: GraphBuilder, v: string, axes: readonly number[]): string {
  const shape = b.shape(v);
  return b.slice(
    v,
    axes.map(() => -1),
    axes.map((a) => -shape[a]! - 1),
    axes,
    axes.map(() => -1),
  );
}

/** Appends every element followed by stride − 1 zeros, along every axis: a 1-axis is made behind each, padded, and merged again. */
function interleave(b: GraphBuilder, v: string, lengths: readonly number[], stride: readonly number[]): string {
  const split = b.reshape(
    v,
    lengths.flatMap((n, i) => (stride[i] === 1 ? [n] : [n, 1])),
  );
  const zeros = lengths.flatMap((_, i) => (stride[i] === 1 ? [0] : [0, 0]));
  const after = stride.flatMap((s) => (s === 1 ? [0] : [0, s - 1]));
  return b.reshape(
    b.pad(split, zeros, after),
    lengths.map((n, i) => n * stride[i]!),
  );
}

interface Run {
  readonly from: number;
  readonly to: number;
  readonly slope: number;
  length: number;
}

/** Returns a list of positions as maximal stretches that rise by 1, fall by 1 or stay. */
function runsOf(index: ArrayLike<number>): readonly Run[] {
  const runs: Run[] = [];
  for (let i = 0; i < index.length;) {
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
 * Appends the adjoint of taking known positions along an axis: `g` added into zeros of `size` at `index`.
 * Few stretches become slices, reversed or summed, each padded to its position; many scattered ones become a scatter.
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
      return b.pad(
        part,
        shape.map((_, i) => (i === axis ? low : 0)),
        shape.map((_, i) => (i === axis ? size - low - width : 0)),
      );
    }),
  );
}

/**
 * Appends the adjoint of Gather: slices of `g` added into zeros at `indices`, which stand at `axis` of `g` and fill `rank` of its axes.
 *
 * ScatterElements, never ScatterND: onnxruntime 1.30 runs ScatterND with a reduction in parallel over the index tuples without a lock,
 * so from two threads on duplicates lose updates (1,024 indices into 30,000 rows: now and then; 65,536 into 64: in every run).
 * ScatterElements adds in order, whatever the threads. Laid out flat, with element numbers for indices, it takes a third of the
 * time it takes on a matrix (2,048 indices of 768 columns into 512 rows: 4 ms against 13; a [30000, 256] table with 1,024 indices:
 * 7 ms, of which 6 are the zeros). Negative indices stay right in both forms.
 */
export function scatterAlong(b: GraphBuilder, g: string, axis: number, indices: string, rank: number, size: number): string {
  const shape = b.shape(g);
  const rows = sizeOf(shape.slice(axis, axis + rank));
  const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + rank))];
  const full = [...shape.slice(0, axis), size, ...shape.slice(axis + rank)];
  const zeros = (dims: readonly number[]): string => b.full(0, { dtype: b.dtype(g), shape: dims });
  const scatter = (into: string, at: string, updates: string, along: number): string =>
    b.reshape(b.op("ScatterElements", [into, at, updates], { axis: along, reduction: "add" }), full);
  if (outer === 1) return scatter(zeros([size * inner]), elementsOf(b, indices, rows, inner), b.reshape(g, [rows * inner]), 0);
  const spread = b.expand(b.reshape(indices, [1, rows, 1]), [outer, rows, inner]);
  return scatter(zeros([outer, size, inner]), spread, b.reshape(g, [outer, rows, inner]), 1);
}

/** Appends the numbers of all elements of the `rows` rows that `indices` names in a table of `inner` columns. */
function elementsOf(b: GraphBuilder, indices: string, rows: number, inner: number): string {
  if (inner === 1) return b.reshape(indices, [rows]);
  const int = (v: number): string => b.constant(tensor(b.dtype(indices), [], [v]));
  const first = b.mul(b.reshape(indices, [rows, 1]), int(inner));
  return b.reshape(b.add(first, b.op("Range", [int(0), int(inner), int(1)])), [rows * inner]);
}

/**
 * Appends the flat row numbers that index tuples name: `indices` [batch…, …, k] into a table of the first batch + k dims of `shape`,
 * with one entry per tuple, the batch's own offset added. Negative indices are counted from the end.
 */
function flatRows(b: GraphBuilder, indices: string, shape: readonly number[], batchDims: number): string {
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

/** Appends the adjoint of GatherND: slices of `g` added into zeros of `shape` at the rows that the index tuples name. */
export function scatterRows(b: GraphBuilder, g: string, indices: string, shape: readonly number[], batchDims: number): string {
  const own = b.shape(indices);
  const lead = batchDims + own[own.length - 1]!;
  const rows = flatRows(b, indices, shape, batchDims);
  const tuples = b.shape(rows)[0]!;
  const flat = b.reshape(g, [tuples, sizeOf(shape.slice(lead))]);
  return b.reshape(scatterAlong(b, flat, 0, rows, 1, sizeOf(shape.slice(0, lead))), shape);
}

/** Appends a ScatterND made of ScatterElements, which does not race (see scatterAlong): slices of `updates` combined with those of `data` that the index tuples name. */
export function combineRows(b: GraphBuilder, data: string, indices: string, updates: string, reduction: string): string {
  const shape = b.shape(data);
  const own = b.shape(indices);
  const inner = sizeOf(shape.slice(own[own.length - 1]));
  const rows = flatRows(b, indices, shape, 0);
  const flat = (v: string): string => b.reshape(v, [sizeOf(b.shape(v))]);
  const combined = b.op("ScatterElements", [flat(data), elementsOf(b, rows, b.shape(rows)[0]!, inner), flat(updates)], { reduction });
  return b.reshape(combined, shape);
}
