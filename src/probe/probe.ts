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

/** Σx² per example, in one pass where the runtime has it: shape [examples], or [1]. */
export function squares(c: ProbeContext, value: string): string {
  const sum = c.b.reduceSum(c.b.square(value), withinExample(c, value), false);
  return c.b.reshape(sum, [hasExamples(c, value) ? c.examples : 1]);
}
