import type { GraphBuilder } from "../graph/builder.js";
import { formatType, isFloat, sameShape, sizeOf } from "../graph/tensor.js";
import type { ValueType } from "../graph/tensor.js";
import { classAxis, crossEntropy, meanSquaredError, sumOf } from "../nn/losses.js";
import { traitsOf } from "../ops/registry.js";
import type { Bound } from "../passes/bind.js";
import { IsogradError } from "../util/errors.js";

/** Which number is differentiated. `output` names a scalar that the network computes itself. */
export type LossSpec = { readonly kind: "cross-entropy" | "mse" | "sum" } | { readonly kind: "output"; readonly name: string };

/** What the loss is computed from. */
export interface LossRequest {
  readonly loss: LossSpec;
  /** Type of the labels (cross-entropy) or the target (mse) that a batch will bring. */
  readonly labels?: ValueType;
  /** The output that the loss takes, by its name in the file; default the first. */
  readonly output?: string;
}

/** A loss at the end of a network. */
export interface AppendedLoss {
  /** The scalar's value. */
  readonly loss: string;
  /** The value it is computed from, by its name in the bound graph. */
  readonly from: string;
  /** Graph input that takes labels or target. */
  readonly labelsInput?: string;
  /** Number of classes that labels may name (cross-entropy). */
  readonly classes?: number;
  readonly warnings: readonly string[];
}

/** The float value that a loss takes, by its name in the bound graph. Errors: `loss/kind`, `loss/shape`. */
export function lossOutput(bound: Bound, name: string | undefined): string {
  const fileName = name ?? bound.model.graph.outputs[0] ?? "";
  const value = bound.valueOf(fileName);
  const at = [bound.model.name];
  if (value === undefined)
    throw new IsogradError("loss/kind", `the network has no output "${fileName}"`, { at, expected: bound.model.graph.outputs.join(", ") });
  const type = bound.graph.types.get(value)!;
  if (!isFloat(type.dtype))
    throw new IsogradError("loss/shape", `the output "${fileName}" is not a float`, {
      at,
      received: formatType(type),
      fix: "choose another with --output",
    });
  return value;
}

/** What a softmax or a sigmoid column at the end of a network was given. */
export interface Logits {
  readonly value: string;
  /** Op that takes it. */
  readonly maker: string;
  /** Whether that makes a probability of each logit by itself, or of those along the axis together. */
  readonly of: "each" | "axis";
  readonly axis: number;
}

/** What the softmax, or the one sigmoid column, that makes a value was given; undefined for any other value. */
export function logitsOf(bound: Bound, value: string): Logits | undefined {
  const node = bound.graph.nodes.find((n) => n.outputs.includes(value));
  if (!node) return undefined;
  const shape = bound.graph.types.get(value)!.shape;
  const { probabilities } = traitsOf(node);
  const logits = { value: node.inputs[0]!, maker: node.op };
  if (probabilities === "axis") {
    const axis = (node.attrs["axis"] as number | undefined) ?? -1;
    return { ...logits, of: "axis", axis: axis < 0 ? axis + shape.length : axis };
  }
  const column = shape.length === 1 || shape[shape.length - 1] === 1;
  return probabilities === "each" && column ? { ...logits, of: "each", axis: shape.length - 1 } : undefined;
}

/** Appends the loss, literally as asked. Errors: `loss/kind`, `loss/shape`, `batch/missing`. */
export function appendLoss(b: GraphBuilder, bound: Bound, request: LossRequest): AppendedLoss {
  const { loss: spec } = request;
  const from = lossOutput(bound, spec.kind === "output" ? spec.name : request.output);
  const warnings: string[] = [];
  let labelsInput: string | undefined;
  let classes: number | undefined;
  const labels = (what: string, dtype: ValueType["dtype"]): string => {
    if (!request.labels)
      throw new IsogradError("batch/missing", `the loss needs ${what}`, { fix: `put "${what}" into the batch, or choose --loss sum` });
    labelsInput = b.input(b.fresh(what), { dtype, shape: request.labels.shape });
    return labelsInput;
  };
  const { shape, dtype } = b.type(from);
  b.origin = { node: "loss", op: "Loss", role: "loss" };
  const make = (): string => {
    switch (spec.kind) {
      case "output":
        if (sizeOf(shape) !== 1) {
          throw new IsogradError("loss/shape", `the output "${spec.name}" is not one number`, {
            at: [bound.model.name],
            received: formatType({ dtype, shape }),
            fix: "name a scalar, or choose --loss sum",
          });
        }
        return from;
      case "sum":
        return sumOf(b, from);
      case "mse":
        return meanSquaredError(b, from, labels("target", dtype));
      case "cross-entropy": {
        const logits = logitsOf(bound, from);
        if (logits?.of === "axis")
          warnings.push(
            `the output comes from ${logits.maker}; cross-entropy takes it as logits, literally as asked: give the value before it with --output if it is not meant so`,
          );
        const loss = crossEntropy(b, from, labels("labels", "int64"));
        classes = shape[classAxis(shape, request.labels!.shape)]!;
        return loss;
      }
    }
  };
  const loss = make();
  b.origin = undefined;
  return { loss, from, warnings, ...(labelsInput === undefined ? {} : { labelsInput }), ...(classes === undefined ? {} : { classes }) };
}

/**
 * Appends a loss for a check-up, which asks what the network's gradients are like rather than what a formula gives: probabilities are
 * traced back to their logits (a softmax over the class axis; one sigmoid column takes binary cross-entropy, stable). `warnings` say so.
 */
export function appendLossOnLogits(b: GraphBuilder, bound: Bound, request: LossRequest): AppendedLoss {
  const from = lossOutput(bound, request.loss.kind === "output" ? request.loss.name : request.output);
  const logits = request.loss.kind === "cross-entropy" ? logitsOf(bound, from) : undefined;
  const type = b.type(from);
  const labels = request.labels;
  if (!logits || !labels) return appendLoss(b, bound, request);
  if (logits.of === "each") {
    const flat = type.shape.slice(0, -1);
    if (!sameShape(labels.shape, type.shape) && !sameShape(labels.shape, flat)) return appendLoss(b, bound, request);
    b.origin = { node: "loss", op: "Loss", role: "loss" };
    const input = b.input(b.fresh("labels"), { dtype: "int64", shape: labels.shape });
    const y = b.cast(b.reshape(input, type.shape), type.dtype);
    // −y·ln σ(z) − (1−y)·ln(1−σ(z)) = softplus(z) − y·z
    const each = b.sub(b.op("Softplus", [logits.value]), b.mul(y, logits.value));
    const loss = b.reduceMean(
      each,
      type.shape.map((_, i) => i),
      false,
    );
    b.origin = undefined;
    return {
      loss,
      from: logits.value,
      labelsInput: input,
      classes: 2,
      warnings: ["the output is one sigmoid column: the loss is the binary cross-entropy of what it was given"],
    };
  }
  if (classAxis(type.shape, labels.shape) !== logits.axis) return appendLoss(b, bound, request);
  b.origin = { node: "loss", op: "Loss", role: "loss" };
  const input = b.input(b.fresh("labels"), { dtype: "int64", shape: labels.shape });
  const loss = crossEntropy(b, logits.value, input);
  b.origin = undefined;
  return {
    loss,
    from: logits.value,
    labelsInput: input,
    classes: type.shape[logits.axis]!,
    warnings: [`the output comes from ${logits.maker}: the loss takes what that was given as logits`],
  };
}

/** A cotangent input of a value, for check-ups without a loss: seeded draws take its place, run after run. */
export function cotangentInput(b: GraphBuilder, value: string): string {
  return b.input(b.fresh("cotangent"), b.type(value));
}
