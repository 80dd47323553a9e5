import type { GraphBuilder } from "../../graph/builder.js";

/** The smallest number that a maximum is divided by, so that a gradient of zeros has the norm 0 and not NaN. It is a normal float32. */
const LEAST = 1e-37;

/** Appends the largest size of an element over the axes, which are kept. */
function largest(b: GraphBuilder, value: string, axes: readonly number[]): string {
  const top = b.reduceMax(b.op("Abs", [value]), axes);
  return b.op("Max", [top, b.scalar(LEAST, top)]);
}

/**
 * Appends the Euclidean norm over the axes, which are kept. Elements are divided by the largest of them first: the squares of a gradient that has exploded would
 * leave float32 long before the gradient does.
 */
export function normOver(b: GraphBuilder, value: string, axes: readonly number[]): string {
  const top = largest(b, value, axes);
  return b.mul(top, b.sqrt(b.reduceSum(b.square(b.div(value, top)), axes)));
}

/** Appends the Euclidean norm of tensors together: one element, of shape []. */
export function normOfAll(b: GraphBuilder, values: readonly string[]): string {
  const each = values.map((v) =>
    b.reshape(
      normOver(
        b,
        v,
        b.shape(v).map((_, i) => i),
      ),
      [1],
    ),
  );
  return b.reshape(each.length === 1 ? each[0]! : normOver(b, b.concat(each, 0), [0]), []);
}
