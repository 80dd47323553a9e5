import type { GraphBuilder } from "../graph/builder.js";
import { sameShape } from "../graph/tensor.js";
import { classAxis, IGNORED_LABEL, sumOf } from "./losses.js";

/**
 * Appends the share of labels that the network's largest logit names, among those that are not −100; with one logit for each label, of labels whose sign it
 * has. Shapes as in {@link crossEntropy}. Returns a float of shape [].
 */
export function accuracy(b: GraphBuilder, logits: string, labels: string): string {
  const [shape, own] = [b.shape(logits), b.shape(labels)];
  const binary = sameShape(shape, own) || sameShape(shape, [...own, 1]);
  const named = binary
    ? b.cast(b.reshape(b.greater(logits, b.scalar(0, logits)), own), "int64")
    : b.op("ArgMax", [logits], { axis: classAxis(shape, own), keepdims: 0 });
  const number = (condition: string): string => sumOf(b, b.cast(condition, b.dtype(logits)));
  const counted = b.op("Not", [b.equal(labels, b.scalarOf(b.dtype(labels), IGNORED_LABEL))]);
  return b.div(number(b.equal(named, b.cast(labels, "int64"))), number(counted));
}
