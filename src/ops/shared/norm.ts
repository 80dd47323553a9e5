import type { GraphBuilder } from "../../graph/builder.js";
import type { DecomposeContext } from "../op.js";
import { normalizeAxis } from "./elementwise.js";

/** The epsilon that schemas default to: 1e-5 as a float32 attribute holds it. */
export const EPSILON: number = Math.fround(1e-5);

/** A tensor about its mean over some axes, and its spread there; what is reduced keeps its axes as 1. */
export interface Moments {
  readonly mean: string;
  /** x − mean. */
  readonly centred: string;
  /** Mean of centred²: the biased variance. */
  readonly variance: string;
}

/**
 * Appends the mean and variance over `axes` in two passes, so that float32 loses nothing where the mean is large. The derivative found
 * through this form takes one product, one sum and one reduction of full size more than the normalised values alone would.
 */
export function moments(b: GraphBuilder, x: string, axes: readonly number[]): Moments {
  const mean = b.reduceMean(x, axes);
  const centred = b.sub(x, mean);
  return { mean, centred, variance: b.reduceMean(b.square(centred), axes) };
}

/** Appends numerator / √(variance + epsilon); the numerator is 1 when it is absent. */
export const overSpread = (b: GraphBuilder, variance: string, epsilon: number, numerator?: string): string =>
  b.div(numerator ?? b.scalar(1, variance), b.sqrt(b.shift(variance, epsilon)));

/** Appends a per-channel vector in a shape that broadcasts along axis 1 of a tensor of this rank. */
export const perChannel = (b: GraphBuilder, v: string, rank: number): string =>
  b.reshape(v, [b.shape(v).reduce((n, d) => n * d, 1), ...new Array<number>(Math.max(0, rank - 2)).fill(1)]);

/** Returns the axes from `axis` to the last. */
export function trailingAxes(axis: number, rank: number, where: string): readonly number[] {
  const first = normalizeAxis(axis, rank, where);
  return Array.from({ length: rank - first }, (_, i) => first + i);
}

/** Appends layer normalisation of `x` over `axes`: (x − mean)/√(var + ε)·scale + bias, with its mean and inverse deviation. */
export function layerNorm(
  b: GraphBuilder,
  x: string,
  axes: readonly number[],
  epsilon: number,
  scale: string,
  bias: string,
): readonly [string, string, string] {
  const { mean, centred, variance } = moments(b, x, axes);
  const inverse = overSpread(b, variance, epsilon);
  const scaled = b.mul(b.mul(centred, inverse), scale);
  return [bias === "" ? scaled : b.add(scaled, bias), mean, inverse];
}

/** Appends root-mean-square normalisation of `x` over `axes`: x/√(mean x² + ε)·scale, with its inverse root mean square. */
export function rmsNorm(b: GraphBuilder, x: string, axes: readonly number[], epsilon: number, scale: string): readonly [string, string] {
  const inverse = overSpread(b, b.reduceMean(b.square(x), axes), epsilon);
  return [b.mul(b.mul(x, inverse), scale), inverse];
}

/** Appends input + skip (+ bias) of the Skip… norms; a skip of lower rank or batch 1 is shared by the batch. */
export function skipSum(c: DecomposeContext<"input" | "skip" | "bias">): string {
  const sum = c.b.add(c.x.input, c.x.skip);
  return c.has("bias") ? c.b.add(sum, c.x.bias) : sum;
}
