import type { GraphBuilder } from "../../graph/builder.js";
import { sizeOf } from "../../graph/tensor.js";
import type { DType } from "../../graph/tensor.js";

/** What PyTorch adds to a norm before it divides by it. */
const SLACK = 1e-6;

/** Appends min(1, bound/(norm + 10⁻⁶)), the factor that brings a norm to a bound. */
export function factorTo(b: GraphBuilder, norm: string, bound: number): string {
  const factor = b.div(b.scalar(bound, norm), b.shift(norm, SLACK));
  return b.op("Min", [factor, b.scalar(1, factor)]);
}

/** Appends the share of elements that hold, of conditions together: a float of shape []. */
export function shareOf(b: GraphBuilder, conditions: readonly string[], dtype: DType): string {
  const counts = conditions.map((c) => {
    const numbers = b.cast(c, dtype);
    return b.reshape(
      b.reduceSum(
        numbers,
        b.shape(numbers).map((_, i) => i),
        false,
      ),
      [],
    );
  });
  const all = conditions.reduce((n, c) => n + sizeOf(b.shape(c)), 0);
  return counts.length === 0 ? b.scalarOf(dtype, 0) : b.scale(b.sum(counts)!, 1 / all);
}
