import type { GraphBuilder } from "../graph/builder.js";
import { formatShape, sameShape, sizeOf, tensor } from "../graph/tensor.js";
import { IsogradError } from "../util/errors.js";

/** Labels at this value take no part in a cross-entropy, as PyTorch has it. */
export const IGNORED_LABEL = -100;

/**
 * The axis of the logits that runs over the classes: the one whose removal gives the labels' shape.
 * Where several do, axis 1, as PyTorch has it, else the last. Error: `loss/shape`.
 */
export function classAxis(logits: readonly number[], labels: readonly number[]): number {
  const fits = logits.flatMap((_, axis) => (sameShape(logits.filter((_, i) => i !== axis), labels) ? [axis] : []));
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
 * Cross-entropy: the mean over label positions that are not −100 of −ln softmax(logits)[label]. Returns a scalar.
 * Shapes: logits [N, K, …] or with the classes on any axis, labels the same without that axis, int64. Error: `loss/shape`.
 */
export function crossEntropy(b: GraphBuilder, logits: string, labels: string): string {
  const shape = b.shape(logits);
  const axis = classAxis(shape, b.shape(labels));
  const classes = shape[axis]!;
  const logp = b.op("LogSoftmax", [logits], { axis });
  const range = Array.from({ length: classes }, (_, k) => k);
  const column = b.constant(tensor(b.dtype(labels), shape.map((_, i) => (i === axis ? classes : 1)), range));
  const hit = b.cast(b.equal(b.unsqueeze(labels, [axis]), column), b.dtype(logits));
  const counted = b.where(b.equal(labels, b.scalarOf(b.dtype(labels), IGNORED_LABEL)), b.scalar(0, logits), b.scalar(1, logits));
  const all = (v: string): number[] => b.shape(v).map((_, i) => i);
  const total = b.reduceSum(b.mul(logp, hit), all(logp), false);
  return b.neg(b.div(total, b.reduceSum(counted, all(counted), false)));
}

/** Mean squared error: the mean over all elements of (output − target)². Returns a scalar. Error `loss/shape` when the shapes differ. */
export function meanSquaredError(b: GraphBuilder, output: string, target: string): string {
  const shape = b.shape(output);
  if (!sameShape(shape, b.shape(target))) {
    throw new IsogradError("loss/shape", "the target does not have the shape of the output", { expected: formatShape(shape), received: formatShape(b.shape(target)) });
  }
  return b.scale(sumOf(b, b.square(b.sub(output, target))), 1 / Math.max(1, sizeOf(shape)));
}

/** The sum of all elements. Returns a scalar. */
export function sumOf(b: GraphBuilder, output: string): string {
  return b.reduceSum(output, b.shape(output).map((_, i) => i), false);
}
