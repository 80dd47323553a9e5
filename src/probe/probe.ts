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
  /** Divide by the largest magnitude before squaring: for values whose squares leave the element type's range. */
  readonly careful?: boolean;
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

/**
 * ln Σx² per example (one number where the value has no row per example), in one pass where the runtime has it. −Infinity where every element is 0,
 * NaN or Infinity where one is not finite. Squares that would leave the element type's range need `careful`: Σx² = m²·Σ(x/m)², m = max |x|.
 */
export function lnSquares(c: ProbeContext, value: string): Reader<readonly number[]> {
  const { b } = c;
  const count = hasExamples(c, value) ? c.examples : 1;
  if (c.careful !== true || b.shape(value).includes(0)) {
    const sums = c.fetch(b.reduceSum(b.square(value), withinExample(c, value), false));
    return (get) => Array.from(get(sums).data, Math.log);
  }
  const { unit, largest } = inUnits(c, value);
  const both = b.concat([b.reshape(largest, [count]), b.reshape(b.reduceSum(b.square(unit), withinExample(c, value), false), [count])], 0);
  const packed = c.fetch(both);
  return (get) => {
    const { data } = get(packed);
    return Array.from({ length: count }, (_, i) => Math.log(data[count + i]!) + 2 * Math.log(data[i]!));
  };
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
