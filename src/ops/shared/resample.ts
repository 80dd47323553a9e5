import type { GraphBuilder } from "../../graph/builder.js";
import { sizeOf, tensor } from "../../graph/tensor.js";
import { aroundAxis } from "./indexing.js";

/** How one axis is resized. */
export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  /** Start and end of the region in coordinates from 0 to 1: tf_crop_and_resize. */
  readonly start: number;
  readonly end: number;
}

/** How values are made between pixels. */
export interface Sampling {
  readonly mode: string;
  readonly transformation: string;
  readonly nearest: string;
  readonly cubic: number;
  readonly antialias: boolean;
  readonly excludeOutside: boolean;
}

/** Returns the coordinate in the input of output pixel i. `round` is Math.fround where runtimes' single precision decides which pixel is nearest. */
function coordinate(a: Axis, transformation: string, i: number, round: (v: number) => number): number {
  const half = (): number => round(round(round(i + 0.5) / a.scale) - 0.5);
  switch (transformation) {
    case "half_pixel":
      return half();
    case "half_pixel_symmetric":
      return round((a.from / 2) * (1 - a.to / (a.scale * a.from)) + half());
    case "pytorch_half_pixel":
      return a.to > 1 ? half() : 0;
    case "align_corners":
      return a.to === 1 ? 0 : round((i * (a.from - 1)) / (a.to - 1));
    case "tf_half_pixel_for_nn":
      return round(round(i + 0.5) / a.scale);
    case "tf_crop_and_resize":
      return a.to > 1 ? a.start * (a.from - 1) + (i * (a.end - a.start) * (a.from - 1)) / (a.to - 1) : 0.5 * (a.start + a.end) * (a.from - 1);
    default:
      return round(i / a.scale);
  }
}

/** Returns the output pixels that tf_crop_and_resize places outside the input. */
export const outside = (a: Axis, s: Sampling): readonly boolean[] =>
  Array.from({ length: a.to }, (_, i) => {
    const x = coordinate(a, s.transformation, i, (v) => v);
    return s.transformation === "tf_crop_and_resize" && (x < 0 || x > a.from - 1);
  });

/** Returns the nearest input pixel of every output pixel. */
export const nearestPixels = (a: Axis, s: Sampling): readonly number[] =>
  Array.from({ length: a.to }, (_, i) => {
    const x = coordinate(a, s.transformation, i, Math.fround);
    return Math.min(Math.max(rounded(x, s.nearest, a.scale), 0), a.from - 1);
  });

function rounded(x: number, how: string, scale: number): number {
  switch (how) {
    case "floor":
      return Math.floor(x);
    case "ceil":
      return Math.ceil(x);
    case "round_prefer_ceil":
      return Math.floor(x + 0.5);
    // Before opset 11: down when enlarging, up when reducing.
    case "simple":
      return scale < 1 ? Math.ceil(x) : Math.floor(x);
    default:
      return Math.ceil(x - 0.5);
  }
}

/** Returns the filter's weight at distance d from the sample. */
function weight(s: Sampling, d: number): number {
  const x = Math.abs(d);
  if (s.mode === "linear") return Math.max(0, 1 - x);
  const a = s.cubic;
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/** Returns one row per output pixel: input pixels and their weights, of sum 1. Weights beyond the border count for the border pixel, or not at all. */
export function filterRows(a: Axis, s: Sampling): readonly (readonly (readonly [pixel: number, weight: number])[])[] {
  const beyond = outside(a, s);
  // Reducing with antialias widens the filter.
  const shrink = s.antialias ? Math.min(1, a.scale) : 1;
  const reach = (s.mode === "linear" ? 1 : 2) / shrink;
  return Array.from({ length: a.to }, (_, i) => {
    if (beyond[i]) return [];
    const x = coordinate(a, s.transformation, i, (v) => v);
    const row = new Map<number, number>();
    let total = 0;
    for (let p = Math.ceil(x - reach); p <= Math.floor(x + reach); p++) {
      const inside = p >= 0 && p < a.from;
      if (!inside && s.excludeOutside) continue;
      const w = weight(s, (p - x) * shrink);
      const pixel = Math.min(Math.max(p, 0), a.from - 1);
      row.set(pixel, (row.get(pixel) ?? 0) + w);
      total += w;
    }
    return [...row].filter(([, w]) => w !== 0).map(([p, w]) => [p, w / total] as const);
  });
}

/** Takes input pixels along an axis: copies for whole factors, strided pixels, or any. */
export function takeAlong(b: GraphBuilder, x: string, axis: number, pixels: readonly number[]): string {
  const shape = b.shape(x);
  const size = shape[axis]!;
  const factor = pixels.length / size;
  if (pixels.every((p, i) => p === i) && factor === 1) return x;
  if (Number.isInteger(factor) && pixels.every((p, i) => p === Math.floor(i / factor))) {
    const repeats = [...shape, 1].map((_, i) => (i === axis + 1 ? factor : 1));
    const copies = b.op("Tile", [b.reshape(x, [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)]), b.ints(repeats)]);
    return b.reshape(
      copies,
      shape.map((d, i) => (i === axis ? d * factor : d)),
    );
  }
  const step = pixels.length > 1 ? pixels[1]! - pixels[0]! : 1;
  if (step > 0 && pixels.every((p, i) => p === pixels[0]! + i * step))
    return b.slice(x, [pixels[0]!], [pixels[pixels.length - 1]! + 1], [axis], [step]);
  return b.op("Gather", [x, b.ints(pixels)], { axis });
}

/** A matrix of more elements than this would cost more than gathering the few pixels that each row of it takes. */
const MATRIX_LIMIT = 1 << 21;

/**
 * Applies filter rows along an axis: as one product with a matrix (256 channels 40×40 to 80×80: 1.1 ms for both axes, where
 * onnxruntime's own Resize takes 1.5), or on very long axes as weighted sums of gathered pixels.
 */
export function filterAlong(b: GraphBuilder, x: string, axis: number, rows: ReturnType<typeof filterRows>): string {
  const shape = b.shape(x);
  const [outer, from, inner] = aroundAxis(shape, axis);
  const to = rows.length;
  const out = shape.map((d, i) => (i === axis ? to : d));
  const dtype = b.dtype(x);
  if (from * to <= MATRIX_LIMIT) {
    const last = inner === 1;
    const matrix = new Float64Array(from * to);
    rows.forEach((row, i) => row.forEach(([p, w]) => (matrix[last ? p * to + i : i * from + p] = w)));
    if (last) return b.reshape(b.matmul(b.reshape(x, [outer, from]), b.constant(tensor(dtype, [from, to], matrix))), out);
    return b.reshape(b.matmul(b.constant(tensor(dtype, [to, from], matrix)), b.reshape(x, [outer, from, inner])), out);
  }
  const taps = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const wide = [to, ...shape.slice(axis + 1).map(() => 1)];
  const parts = Array.from({ length: taps }, (_, t) => {
    const taken = takeAlong(
      b,
      x,
      axis,
      rows.map((row) => row[t]?.[0] ?? 0),
    );
    return b.mul(
      taken,
      b.constant(
        tensor(
          dtype,
          wide,
          rows.map((row) => row[t]?.[1] ?? 0),
        ),
      ),
    );
  });
  return b.sum(parts)!;
}

/** Appends y with `value` added at every position that lies outside along some axis; y is 0 there. */
export function fillOutside(b: GraphBuilder, y: string, masks: ReadonlyMap<number, readonly boolean[]>, value: number): string {
  if (value === 0 || ![...masks.values()].some((m) => m.includes(true))) return y;
  const shape = b.shape(y).map((d, i) => (masks.has(i) ? d : 1));
  const fill = new Float64Array(sizeOf(shape));
  for (let i = 0; i < fill.length; i++) {
    let rest = i;
    for (let d = shape.length - 1; d >= 0; d--) {
      if (masks.get(d)?.[rest % shape[d]!]) fill[i] = value;
      rest = Math.floor(rest / shape[d]!);
    }
  }
  return b.add(y, b.constant(tensor(b.dtype(y), shape, fill)));
}
