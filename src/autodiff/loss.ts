import type { GraphBuilder } from "../graph/builder.js";
import { mainOutput, producers } from "../graph/graph.js";
import { formatType, isFloat, sameShape, sizeOf } from "../graph/tensor.js";
import type { ValueType } from "../graph/tensor.js";
import { classAxis, crossEntropy, meanSquaredError, sumOf } from "../nn/losses.js";
import { traitsOf } from "../ops/registry.js";
import type { Bound } from "../passes/bind.js";
import { IsogradError } from "../util/errors.js";

/** The loss that is differentiated. `output` names a scalar that the network itself computes. */
export type LossSpec = { readonly kind: "cross-entropy" | "mse" | "sum" } | { readonly kind: "output"; readonly name: string };

/** Says which loss is computed, and from what. */
export interface LossRequest {
  readonly loss: LossSpec;
  /** Type of the labels (cross-entropy) or of the target (mse) in a batch. */
  readonly labels?: ValueType;
  /** Name in the file of the output that the loss is computed from (default: the first). */
  readonly output?: string;
}

/** A loss that was appended to a network. */
export interface AppendedLoss {
  /** Name of the scalar. */
  readonly loss: string;
  /** Name in the bound graph of the value that it is computed from. */
  readonly from: string;
  /** Name of the graph input for the labels or the target. */
  readonly labelsInput?: string;
  /** Number of classes (cross-entropy): labels are below it. */
  readonly classes?: number;
  readonly warnings: readonly string[];
}

/** Returns the name in the bound graph of the float output from which a loss is computed. Errors: `loss/kind`, `loss/shape`. */
export function lossOutput(bound: Bound, name: string | undefined): string {
  const fileName = name ?? mainOutput(bound.model);
  const value = bound.valueOf(fileName);
  const at = [bound.model.name];
  if (value === undefined)
    throw new IsogradError("loss/kind", `the network has no output "${fileName}"`, { at, expected: bound.model.graph.outputs.join(", ") });
  const type = bound.graph.types.get(value)!;
  if (!isFloat(type.dtype)) {
    const other = floatInstead(bound, fileName, value);
    throw new IsogradError("loss/shape", `the output "${fileName}" is not a float`, {
      at,
      received: formatType(type),
      fix: other === undefined ? "export the network with an output of floats" : `choose one that is: --output ${other}`,
    });
  }
  if (sizeOf(type.shape) === 0)
    throw new IsogradError("loss/shape", `the output "${fileName}" has no elements, so there is nothing to differentiate`, {
      at,
      received: formatType(type),
      fix: "choose another with --output, or bind larger sizes",
    });
  return value;
}

/** Returns an output of floats, or else the last value of floats that an output is made of and that is not given. */
function floatInstead({ model, graph, valueOf }: Bound, output: string, value: string): string | undefined {
  const another = model.graph.outputs.find((o) => o !== output && isFloat(model.outputTypes?.get(o) ?? "string"));
  if (another !== undefined) return another;
  const makers = producers(graph);
  const named = new Map(model.graph.nodes.flatMap((n) => n.outputs.map((o) => [valueOf(o), o] as const)));
  const queue = [value];
  const seen = new Set(queue);
  for (const v of queue) {
    const node = makers.get(v);
    if (node !== undefined && isFloat(graph.types.get(v)!.dtype) && named.has(v)) return named.get(v)!;
    const more = (node?.inputs ?? []).filter((i) => !seen.has(i));
    for (const i of more) seen.add(i);
    queue.push(...more);
  }
  return undefined;
}

/** The input of a softmax, or of a sigmoid with one output for each example, at the end of a network. */
export interface Logits {
  readonly value: string;
  /** The op that makes probabilities of it. */
  readonly maker: string;
  /** Whether that makes a probability of each logit by itself, or of those along the axis together. */
  readonly of: "each" | "axis";
  /** Axis of the softmax; for a sigmoid the last one. */
  readonly axis: number;
}

/** Returns the logits of a value that a softmax, or a sigmoid [N] or [N, 1], computes, its column moved into another shape or not; undefined for any other value. */
export function logitsOf(bound: Bound, value: string): Logits | undefined {
  const makers = producers(bound.graph);
  const shape = bound.graph.types.get(value)!.shape;
  let node = makers.get(value);
  // sigmoid(x).squeeze(1): the same numbers in the same order.
  while (node && traitsOf(node).moves === "rearranges" && isColumn(shape) && isColumn(bound.graph.types.get(node.inputs[0]!)!.shape))
    node = makers.get(node.inputs[0]!);
  if (!node) return undefined;
  const { probabilities } = traitsOf(node);
  if (probabilities !== "each" && !node.outputs.includes(value)) return undefined;
  const logits = { value: node.inputs[0]!, maker: node.op };
  if (probabilities === "axis") {
    const axis = (node.attrs["axis"] as number | undefined) ?? -1;
    return { ...logits, of: "axis", axis: axis < 0 ? axis + shape.length : axis };
  }
  const column = shape.length === 1 || shape[shape.length - 1] === 1;
  return probabilities === "each" && column ? { ...logits, of: "each", axis: shape.length - 1 } : undefined;
}

/** Tells whether a shape is one of a number for each example: [N] or [N, 1, …]. */
const isColumn = (shape: readonly number[]): boolean => shape.slice(1).every((d) => d === 1);

/** Appends the loss exactly as requested, a scalar. Errors: `loss/kind`, `loss/shape`, `batch/missing`. */
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
            `the output comes from ${logits.maker}, and the cross-entropy takes it as logits, as requested: if that is not intended, choose the value before it with --output`,
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
 * Appends the loss for a check-up, which studies the gradients that training would have. Where the output is probabilities, the cross-entropy is
 * computed from their logits: before a softmax over the class axis, or as the numerically stable binary cross-entropy before one sigmoid.
 * `warnings` mention it. Errors as for {@link appendLoss}.
 */
export function appendLossOnLogits(b: GraphBuilder, bound: Bound, request: LossRequest): AppendedLoss {
  const from = lossOutput(bound, request.loss.kind === "output" ? request.loss.name : request.output);
  const logits = request.loss.kind === "cross-entropy" ? logitsOf(bound, from) : undefined;
  const type = b.type(from);
  const labels = request.labels;
  if (!logits || !labels) return appendLoss(b, bound, request);
  if (logits.of === "each") {
    const flat = type.shape.slice(0, -1);
    const alike =
      sameShape(labels.shape, type.shape) || sameShape(labels.shape, flat) || (isColumn(type.shape) && sameShape(labels.shape, [...type.shape, 1]));
    if (!alike) return appendLoss(b, bound, request);
    const own = b.shape(logits.value);
    b.origin = { node: "loss", op: "Loss", role: "loss" };
    const input = b.input(b.fresh("labels"), { dtype: "int64", shape: labels.shape });
    const y = b.cast(b.reshape(input, own), type.dtype);
    // −y·ln σ(z) − (1−y)·ln(1−σ(z)) = softplus(z) − y·z
    const each = b.sub(b.op("Softplus", [logits.value]), b.mul(y, logits.value));
    const loss = b.reduceMean(
      each,
      own.map((_, i) => i),
      false,
    );
    b.origin = undefined;
    return {
      loss,
      from: logits.value,
      labelsInput: input,
      classes: 2,
      warnings: ["the output comes from Sigmoid: the loss is the binary cross-entropy, computed from the logits before it"],
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
    warnings: [`the output comes from ${logits.maker}: the loss is computed from the logits before it`],
  };
}

/** Adds a graph input for the cotangent of a value, in its shape. A check-up without a loss feeds it random cotangents. */
export function cotangentInput(b: GraphBuilder, value: string): string {
  return b.input(b.fresh("cotangent"), b.type(value));
}
