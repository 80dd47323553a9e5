import type { GraphBuilder } from "../graph/builder.js";
import type { Tensor } from "../graph/tensor.js";

/** Gives a fetched value after a run. */
export type Get = (value: string) => Tensor;

/** Turns what a run gave into the probe's result. */
export type Reader<R> = (get: Get) => R;

/** What a probe appends to. */
export interface ProbeContext {
  readonly b: GraphBuilder;
  /** Number of examples in the batch: the size of axis 0 of values that hold one row per example. */
  readonly examples: number;
  /** Makes a value an output of the measurement graph and returns its name. */
  fetch(value: string): string;
  /** How many parameters are measured. */
  readonly parameters?: number;
  /** Where squares may leave the element type's range. */
  readonly careful?: { readonly forward: boolean; readonly backward: boolean };
}

/**
 * A probe: appends a few reductions at a site of the graph and returns how to read them after a run. One file each; what is measured
 * and how it is shown are strictly separate.
 */
export type Probe<Site, R> = (c: ProbeContext, site: Site) => Reader<R>;

/** Whether a value holds one row per example on axis 0. */
export const hasExamples = (c: ProbeContext, value: string): boolean => c.b.shape(value).length > 0 && c.b.shape(value)[0] === c.examples;

/** The axes that are summed away to leave one number per example (or one in all, where a value has no row per example). */
export const withinExample = (c: ProbeContext, value: string): readonly number[] => {
  const axes = c.b.shape(value).map((_, i) => i);
  return hasExamples(c, value) ? axes.slice(1) : axes;
};

/** Powers of two that bring what would be lost when squared into the element type's range, from below and from above. */
const SHIFTS = { float32: 64, float64: 512 } as const;

/**
 * ln Σx² per example (one number where the value has no row per example), in one pass where the runtime has it. −Infinity where every element is 0,
 * NaN or Infinity where one is not finite. Squares that would leave the element type's range need `careful`: Σ(2^k·x)² and Σ(2^−k·x)² are
 * taken too, and of the three the largest that is finite counts: it has lost nothing.
 */
export function lnSquares(c: ProbeContext, value: string, careful: boolean): Reader<readonly number[]> {
  const { b } = c;
  const sum = (v: string): string => c.fetch(b.reduceSum(b.square(v), withinExample(c, v), false));
  const plain = sum(value);
  if (!careful || b.shape(value).includes(0)) return (get) => logarithms(get(plain).data);
  const shift = SHIFTS[b.dtype(value) === "float64" ? "float64" : "float32"];
  const ln = 2 * shift * Math.LN2;
  const [up, down] = [sum(b.scale(value, 2 ** shift)), sum(b.scale(value, 2 ** -shift))];
  return (get) => {
    const [large, middle, small] = [get(up).data, get(plain).data, get(down).data];
    return Array.from(middle, (m, i) => (large[i]! < Infinity ? Math.log(large[i]!) - ln : m < Infinity ? Math.log(m) : Math.log(small[i]!) + ln));
  };
}

function logarithms(values: ArrayLike<number>): number[] {
  const ln = new Array<number>(values.length);
  for (let i = 0; i < ln.length; i++) ln[i] = Math.log(values[i]!);
  return ln;
}

/** A value divided by the largest magnitude of each example (1 where that is 0 or not finite), and those divisors, with axes of size 1. */
export function inUnits(c: ProbeContext, value: string): { readonly unit: string; readonly largest: string } {
  const { b } = c;
  const top = b.reduceMax(b.op("Abs", [value]), withinExample(c, value), true);
  const one = b.scalar(1, top);
  const positive = b.where(b.greater(top, b.scalar(0, top)), top, one);
  const largest = b.where(b.less(positive, b.scalar(Infinity, top)), positive, one);
  return { unit: b.div(value, largest), largest };
}
