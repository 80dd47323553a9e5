import { hasExamples } from "./probe.js";
import type { Probe } from "./probe.js";

/** How alike the examples are at a value; null where the value has no row per example, or there is one example only. */
export interface Collapse {
  /** Mean of cos(x_i, x_j) over pairs i ≠ j of examples. */
  readonly cosine: number | null;
  /** Var over the batch of x divided by mean x²: 1 when examples share nothing, 0 when all are the same. */
  readonly centredShare: number | null;
}

/**
 * Collapse of the examples onto one direction: Σᵢ xᵢ/‖xᵢ‖ =: s gives the mean pairwise cosine (‖s‖² − N)/(N(N − 1)), the mean m gives the
 * centred share 1 − N‖m‖²/Σ‖xᵢ‖². Both come from one product of a 2×N matrix with the batch, with no copy of the batch.
 */
export const collapse: Probe<string, Collapse> = (c, value) => {
  const { b, examples: n } = c;
  const nothing: Collapse = { cosine: null, centredShare: null };
  if (!hasExamples(c, value) || n < 2) return () => nothing;
  const rows = b.reshape(value, [n, b.shape(value).reduce((p, d) => p * d, 1) / n]);
  const squared = b.reduceSum(b.square(rows), [1], true);
  const empty = b.equal(squared, b.scalar(0, squared));
  const inverse = b.where(empty, b.scalar(0, squared), b.div(b.scalar(1, squared), b.sqrt(b.where(empty, b.scalar(1, squared), squared))));
  const weights = b.concat([b.reshape(inverse, [1, n]), b.full(1 / n, { dtype: b.dtype(value), shape: [1, n] })], 0);
  const both = b.reduceSum(b.square(b.matmul(weights, rows)), [1], false);
  const counted = b.reduceSum(b.where(empty, b.scalar(0, squared), b.scalar(1, squared)), [0, 1], false);
  const packed = c.fetch(b.concat([both, b.reshape(b.reduceSum(squared, [0, 1], false), [1]), b.reshape(counted, [1])], 0));
  return (get) => {
    const [direction, mean, total, live] = Array.from(get(packed).data) as [number, number, number, number];
    return {
      cosine: live < 2 ? null : (direction - live) / (live * (live - 1)),
      centredShare: total > 0 ? Math.max(0, 1 - (n * mean) / total) : null,
    };
  };
};
