import type { GraphBuilder } from "../graph/builder.js";
import type { Tensor } from "../graph/tensor.js";
import { lnSum } from "../math/statistics.js";
import type { Quantified } from "./quantities.js";

/** Returns a fetched value after a run, by name. */
export type Get = (value: string) => Tensor;

/** Computes a probe's result from the values of a run. */
export type Reader<R> = (get: Get) => R;

/** The measurement graph to which a probe appends. */
export interface ProbeContext {
  readonly b: GraphBuilder;
  /** Number of examples in the batch, the size of axis 0 of values with one row per example. */
  readonly examples: number;
  /** Makes a value an output of the measurement graph and returns its name. */
  fetch(value: string): string;
  /** Number of parameters whose gradients are measured. */
  readonly parameters?: number;
  /** Whether squares of activations (forward) and of gradients (backward) may overflow or underflow, and need `careful` sums. */
  readonly careful?: { readonly forward: boolean; readonly backward: boolean };
}

/**
 * A probe: appends a few reductions at a site of the graph, and returns a function that reads them after a run. It does not say how results are
 * shown.
 */
export type Probe<Site, R> = (c: ProbeContext, site: Site) => Reader<R>;

/** A cotangent of the graph, and ln of the factor by which the true one is larger in a rescaled backward pass (absent: ln 1). */
export interface CotangentSite {
  readonly cotangent: string;
  readonly logScale?: string;
}

/** A cut of the trunk, as probes see it. */
export interface CutSite {
  readonly values: readonly string[];
  /** The values of a float type. */
  readonly floats: readonly string[];
  /** The cotangents of those floats that a gradient reaches. */
  readonly gradients: readonly CotangentSite[];
}

/** A statistic of every cut of the trunk; `role` tells whether it reads values of the forward pass or cotangents, beside which the plan keeps its nodes. */
export interface CutProbe<R> {
  readonly role: "probe" | "backward";
  readonly attach: Probe<CutSite, R>;
  /** Returns its result in quantities, for the columns of readings. */
  quantities(result: R): Quantified;
}

/** A statistic of the gradient of every parameter. */
export interface ParameterProbe<R> {
  /** Its result where no gradient reaches the parameter. */
  readonly absent: R;
  /** Whether it looks at single elements, which costs more: it is left out where a request omits `elements`, and gives `absent`. */
  readonly ofElements?: true;
  readonly attach: Probe<CotangentSite, R>;
  /** Returns its result in quantities, for the columns of readings. */
  quantities(result: R): Quantified;
}

/** Whether a value has one row per example on axis 0. */
export const hasExamples = (c: ProbeContext, value: string): boolean => c.b.shape(value).length > 0 && c.b.shape(value)[0] === c.examples;

/** The axes to reduce for one number per example (or one in all, where the value has no row per example). */
export const withinExample = (c: ProbeContext, value: string): readonly number[] => {
  const axes = c.b.shape(value).map((_, i) => i);
  return hasExamples(c, value) ? axes.slice(1) : axes;
};

/** Exponents k of the factors 2^k and 2^−k by which values are scaled before they are squared, by element type. */
const SHIFTS = { float32: 64, float64: 512 } as const;

/**
 * Appends ln Σx² of each example (one number in all where the value has no row per example). −Infinity where every element is 0, NaN or Infinity where one is
 * not finite. Where squares may leave the element type's range, `careful` computes Σ(2^k·x)² and Σ(2^−k·x)² too, and uses the one with the largest scale
 * that is finite, which has no underflow that matters.
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

/** Divides a value by the largest magnitude of each example (by 1 where that is 0 or not finite); `largest` has these divisors, with reduced axes of size 1. */
export function inUnits(c: ProbeContext, value: string): { readonly unit: string; readonly largest: string } {
  const { b } = c;
  const top = b.reduceMax(b.op("Abs", [value]), withinExample(c, value), true);
  const one = b.scalar(1, top);
  const positive = b.where(b.greater(top, b.scalar(0, top)), top, one);
  const largest = b.where(b.less(positive, b.scalar(Infinity, top)), positive, one);
  return { unit: b.div(value, largest), largest };
}

/** Returns ln ‖x‖ from ln Σx², number by number. Halves are exact, so that twice the result is the argument to the bit. */
export const lnNorms = (lnSquares: readonly number[]): readonly number[] => lnSquares.map((v) => 0.5 * v);

/** Adds squares that are given by their logarithms, by example where all lists have a number for each, else in all. */
export function together(lists: readonly (readonly number[])[]): readonly number[] {
  if (lists.length === 1) return lists[0]!;
  const rows = lists.every((l) => l.length === lists[0]!.length) ? lists : lists.map((l) => [lnSum(l)]);
  return (rows[0] ?? []).map((_, i) => lnSum(rows.map((r) => r[i]!)));
}
