import type { GraphBuilder } from "../../graph/builder.js";
import * as z from "zod";
import { epsilon, kept } from "../coefficients.js";
import type { Update, Updated } from "../optimiser.js";

/** The coefficients of Adam and its kin. */
export const momentsSchema = z.strictObject({
  beta1: kept(0.9, "β₁, the share of the mean of gradients that is kept"),
  beta2: kept(0.999, "β₂, the share of the mean of squares that is kept"),
  epsilon: epsilon(),
});

/** Appends an exponential mean: β·mean + (1 − β)·value. */
export const blended = (b: GraphBuilder, mean: string, value: string, beta: number): string => b.add(b.scale(mean, beta), b.scale(value, 1 - beta));

/**
 * Appends Adam's update: m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², w ← w − η/(1 − β₁^t)·m/(√(v/(1 − β₂^t)) + ε) (Kingma & Ba 2015, algorithm 1).
 */
export function byMoments(u: Update, { beta1, beta2, epsilon: eps }: z.output<typeof momentsSchema>): Updated {
  const { b, weight, gradient, slots, rate, count } = u;
  const mean = blended(b, slots["mean"]!, gradient, beta1);
  const square = blended(b, slots["square"]!, b.square(gradient), beta2);
  /** 1 − β^t, by which a mean that began at zero is too small. In float64: 1 − .999 would keep four digits of float32. */
  const grown = (beta: number): string => b.cast(b.sub(b.scalar(1, count), b.op("Pow", [b.scalar(beta, count), count])), b.dtype(weight));
  const root = b.shift(b.div(b.sqrt(square), b.sqrt(grown(beta2))), eps);
  const step = b.div(rate, grown(beta1));
  return { weight: b.sub(weight, b.mul(b.div(mean, root), step)), slots: { mean, square } };
}
