import type { GraphBuilder } from "../graph/builder.js";
import { formatShape, sameShape } from "../graph/tensor.js";
import { pick } from "../ops/shared/loss.js";
import { IsogradError } from "../util/errors.js";

/** Positions with this label are left out of a cross-entropy, as in PyTorch. */
export const IGNORED_LABEL = -100;

/**
 * Returns the axis of the logits that runs over the classes: the one whose removal gives the shape of the labels. Where there are
 * several, it is axis 1, as in PyTorch, or else the last of them. Error `loss/shape`.
 */
export function classAxis(logits: readonly number[], labels: readonly number[]): number {
  const fits = logits.flatMap((_, axis) =>
    sameShape(
      logits.filter((_, i) => i !== axis),
      labels,
    )
      ? [axis]
      : [],
  );
  if (fits.length === 0) {
    throw new IsogradError("loss/shape", "the labels do not fit the output: no axis of it, taken away, leaves their shape", {
      expected: `the shape of the output ${formatShape(logits)} without its class axis`,
      received: `labels of shape ${formatShape(labels)}`,
      fix: "check the labels, or choose the output with --output",
    });
  }
  return fits.includes(1) ? 1 : fits[fits.length - 1]!;
}

/**
 * Appends the cross-entropy: the mean of −ln softmax(logits)[label] (natural logarithm) over the label positions that are not −100.
 * Shapes: logits [N, K, …], or with the K classes on another axis; labels the same without that axis, int64. Returns a scalar. Error `loss/shape`.
 */
export function crossEntropy(b: GraphBuilder, logits: string, labels: string): string {
  const axis = classAxis(b.shape(logits), b.shape(labels));
  const total = sumOf(b, pick(b, b.op("LogSoftmax", [logits], { axis }), labels, axis));
  const ignored = b.equal(labels, b.scalarOf(b.dtype(labels), IGNORED_LABEL));
  return b.neg(b.div(total, sumOf(b, b.where(ignored, b.scalar(0, logits), b.scalar(1, logits)))));
}

/** Appends the mean squared error: the mean over all elements of (output − target)². Returns a scalar. Error `loss/shape` when the shapes differ. */
export function meanSquaredError(b: GraphBuilder, output: string, target: string): string {
  const shape = b.shape(output);
  if (!sameShape(shape, b.shape(target))) {
    const parts = { expected: formatShape(shape), received: formatShape(b.shape(target)) };
    throw new IsogradError("loss/shape", "the target does not have the shape of the output", parts);
  }
  return b.reduceMean(
    b.square(b.sub(output, target)),
    shape.map((_, i) => i),
    false,
  );
}

/** Appends the sum of all elements of a value. Returns a scalar. */
export function sumOf(b: GraphBuilder, output: string): string {
  return b.reduceSum(
    output,
    b.shape(output).map((_, i) => i),
    false,
  );
}
