import type { GraphBuilder } from "../../graph/builder.js";
import { formatShape, sameShape, tensor } from "../../graph/tensor.js";
import type { AttrSpec, DecomposeContext } from "../op.js";

/** The attributes of SoftmaxCrossEntropyLoss and NegativeLogLikelihoodLoss. */
export const lossAttrs: Readonly<Record<string, AttrSpec>> = {
  ignore_index: { kind: "int" },
  reduction: { kind: "string", default: "mean", oneOf: ["none", "sum", "mean"] },
};

/** Appends `scores` at the class that `labels` name along `axis`; 0 where a label is no class. The axis goes away. Never 0·∞. */
export function pick(b: GraphBuilder, scores: string, labels: string, axis: number): string {
  const shape = b.shape(scores);
  const classes = shape[axis]!;
  const range = tensor(
    b.dtype(labels),
    shape.map((_, i) => (i === axis ? classes : 1)),
    Array.from({ length: classes }, (_, k) => k),
  );
  const hit = b.equal(b.unsqueeze(labels, [axis]), b.constant(range));
  return b.reduceSum(b.where(hit, scores, b.scalar(0, scores)), [axis], false);
}

/**
 * Returns the negative log-likelihood of labels [N, D…] under log-probabilities [N, C, D…]: −weight[label]·logp[label] per position, 0 at
 * ignored ones; `mean` divides the sum by the sum of the weights that took part.
 */
export function likelihoodLoss(c: DecomposeContext, logp: string, labels: string, weight: string): string {
  const { b, attrs } = c;
  const shape = b.shape(logp);
  const fitting = shape.filter((_, i) => i !== 1);
  if (shape.length < 2 || !sameShape(b.shape(labels), fitting)) {
    c.fail("its labels do not fit its scores", { expected: `labels of shape ${formatShape(fitting)}`, received: formatShape(b.shape(labels)) });
  }
  const integer = (v: number): string => b.scalarOf(b.dtype(labels), v);
  const ignored = attrs.optionalInt("ignore_index");
  const skip = ignored === undefined ? undefined : b.equal(labels, integer(ignored));
  const seen = skip !== undefined && ignored! >= 0 && ignored! < shape[1]! ? b.where(skip, integer(-1), labels) : labels;
  const [zero, one] = [b.scalar(0, logp), b.scalar(1, logp)];
  let weights: string | undefined;
  if (weight !== "") {
    weights = b.op("Gather", [weight, skip === undefined ? labels : b.where(skip, integer(0), labels)]);
    if (skip !== undefined) weights = b.where(skip, zero, weights);
  }
  const picked = b.neg(pick(b, logp, seen, 1));
  const losses = weights === undefined ? picked : b.mul(picked, weights);
  const all = b.shape(losses).map((_, i) => i);
  switch (attrs.string("reduction")) {
    case "none":
      return losses;
    case "sum":
      return b.reduceSum(losses, all, false);
  }
  const counted = weights ?? (skip === undefined ? undefined : b.where(skip, zero, one));
  return counted === undefined ? b.reduceMean(losses, all, false) : b.div(b.reduceSum(losses, all, false), b.reduceSum(counted, all, false));
}
