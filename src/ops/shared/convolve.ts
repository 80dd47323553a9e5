import { sizeOf, stridesOf } from "../../graph/tensor.js";
import { gemmBlock } from "./gemm.js";
import { productIndex } from "./indexing.js";
import { in3d } from "./window.js";
import type { Windows } from "./window.js";

/** Sizes of a convolution from `channels` to `filters` channels. */
export interface Convolution {
  readonly windows: Windows;
  readonly batch: number;
  readonly channels: number;
  readonly filters: number;
  readonly group: number;
}

/** Doubles of the patch matrix at a time: it stays in the second-level cache. */
const PATCHES = 1 << 15;

interface Plan {
  /** Input, windows' reach and begins over three spatial axes. */
  readonly input: readonly number[];
  readonly reach: readonly number[];
  readonly begins: readonly number[];
  /** Where each window starts, and how far each tap is from there, in the padded input of one channel. */
  readonly starts: Int32Array;
  readonly taps: Int32Array;
  readonly perGroup: { readonly channels: number; readonly filters: number; readonly rows: number };
}

function planOf({ windows, channels, filters, group }: Convolution): Plan {
  const w = in3d(windows);
  const reach = w.input.map((n, i) => n + w.begins[i]! + w.ends[i]!);
  const flat = (counts: readonly number[], steps: readonly number[]): Int32Array =>
    productIndex(
      counts.map((n, i) => Int32Array.from({ length: n }, (_, k) => k * steps[i]!)),
      stridesOf(reach),
    );
  const starts = flat(w.output, w.strides);
  const taps = flat(w.kernel, w.dilations);
  return {
    input: w.input,
    reach,
    begins: w.begins,
    starts,
    taps,
    perGroup: { channels: channels / group, filters: filters / group, rows: (channels / group) * taps.length },
  };
}

/** Computes y[n,o,p] += Σ x[n,c,p·stride + k·dilation − begin]·w[o,c,k]: patches of a few columns at a time, each times all filters. */
export function convolve(c: Convolution, x: Float64Array, w: Float64Array, y: Float64Array): void {
  const plan = planOf(c);
  const { rows, channels, filters } = plan.perGroup;
  const [inside, windows, reach] = [sizeOf(plan.input), plan.starts.length, sizeOf(plan.reach)];
  const padded = new Float64Array(channels * reach);
  const width = columnsAtOnce(rows, windows);
  const patches = new Float64Array(rows * width);
  for (let n = 0; n < c.batch; n++) {
    for (let g = 0; g < c.group; g++) {
      for (let ch = 0; ch < channels; ch++)
        overlap(plan, (n * c.channels + g * channels + ch) * inside, ch * reach, (from, to, count) => padded.set(x.subarray(from, from + count), to));
      for (let first = 0; first < windows; first += width) {
        const count = Math.min(width, windows - first);
        for (let r = 0; r < rows; r++)
          gather(padded, ((r / plan.taps.length) | 0) * reach + plan.taps[r % plan.taps.length]!, plan.starts, first, patches, r * count, count);
        const into = { data: y, at: (n * c.filters + g * filters) * windows + first, row: windows };
        gemmBlock(into, { data: w, at: g * filters * rows, row: rows }, { data: patches, at: 0, row: count }, filters, rows, count);
      }
    }
  }
}

/** Computes the adjoint in x: x[n,c,p·stride + k·dilation − begin] += Σ y[n,o,p]·w[o,c,k]. */
export function deconvolve(c: Convolution, y: Float64Array, w: Float64Array, x: Float64Array): void {
  const plan = planOf(c);
  const { rows, channels, filters } = plan.perGroup;
  const [inside, windows, reach] = [sizeOf(plan.input), plan.starts.length, sizeOf(plan.reach)];
  const padded = new Float64Array(channels * reach);
  const width = columnsAtOnce(rows, windows);
  const patches = new Float64Array(rows * width);
  const flipped = new Float64Array(rows * filters);
  for (let g = 0; g < c.group; g++) {
    for (let o = 0; o < filters; o++) for (let r = 0; r < rows; r++) flipped[r * filters + o] = w[(g * filters + o) * rows + r]!;
    for (let n = 0; n < c.batch; n++) {
      padded.fill(0);
      for (let first = 0; first < windows; first += width) {
        const count = Math.min(width, windows - first);
        patches.fill(0);
        const from = { data: y, at: (n * c.filters + g * filters) * windows + first, row: windows };
        gemmBlock({ data: patches, at: 0, row: count }, { data: flipped, at: 0, row: filters }, from, rows, filters, count);
        for (let r = 0; r < rows; r++)
          scatter(patches, r * count, plan.starts, first, padded, ((r / plan.taps.length) | 0) * reach + plan.taps[r % plan.taps.length]!, count);
      }
      for (let ch = 0; ch < channels; ch++)
        overlap(plan, (n * c.channels + g * channels + ch) * inside, ch * reach, (to, from, count) => x.set(padded.subarray(from, from + count), to));
    }
  }
}

const columnsAtOnce = (rows: number, windows: number): number => Math.min(windows, Math.max(16, (PATCHES / Math.max(1, rows)) & ~3));

function gather(from: Float64Array, base: number, starts: Int32Array, first: number, into: Float64Array, at: number, count: number): void {
  for (let j = 0; j < count; j++) into[at + j] = from[base + starts[first + j]!]!;
}

function scatter(from: Float64Array, at: number, starts: Int32Array, first: number, into: Float64Array, base: number, count: number): void {
  for (let j = 0; j < count; j++) {
    const k = base + starts[first + j]!;
    into[k] = into[k]! + from[at + j]!;
  }
}

/** Visits the rows that one channel of the input shares with its padded form: (offset in the input, offset in the padded form, length). */
function overlap({ input, reach, begins }: Plan, from: number, to: number, visit: (inside: number, padded: number, count: number) => void): void {
  const low = begins.map((b) => Math.max(0, -b));
  const high = input.map((n, i) => Math.min(n, reach[i]! - begins[i]!));
  const count = high[2]! - low[2]!;
  if (count <= 0) return;
  for (let z = low[0]!; z < high[0]!; z++) {
    for (let y = low[1]!; y < high[1]!; y++) {
      visit(
        from + (z * input[1]! + y) * input[2]! + low[2]!,
        to + ((z + begins[0]!) * reach[1]! + y + begins[1]!) * reach[2]! + low[2]! + begins[2]!,
        count,
      );
    }
  }
}
