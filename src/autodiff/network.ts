import type { Graph } from "../graph/graph.js";
import { formatType, isFloat } from "../graph/tensor.js";
import type { Tensor, ValueType } from "../graph/tensor.js";
import { classAxis, crossEntropy, meanSquaredError, sumOf } from "../nn/losses.js";
import { newBuilder } from "../ops/registry.js";
import type { Bound } from "../passes/bind.js";
import { parametersOf } from "../passes/parameters.js";
import type { Parameter } from "../passes/parameters.js";
import { IsogradError } from "../util/errors.js";
import { gradientGraph } from "./gradient.js";

/** Which number is differentiated. `output` names a scalar that the network computes itself. */
export type LossSpec = { readonly kind: "cross-entropy" | "mse" | "sum" } | { readonly kind: "output"; readonly name: string };

/** What to differentiate of a bound network. */
export interface NetworkGradientRequest {
  readonly loss: LossSpec;
  /** Type of the labels (cross-entropy) or the target (mse) that a batch will bring. */
  readonly labels?: ValueType;
  /** The output that the loss takes, by its name in the file; default the first. */
  readonly output?: string;
  /** Forward node indices of the bound graph before whose reversal cotangents are rescaled. */
  readonly rescaleAt?: ReadonlySet<number>;
}

/** A network with its loss and the gradient of every parameter, in one graph. */
export interface NetworkGradient {
  readonly graph: Graph;
  /** Output name of the loss. */
  readonly loss: string;
  readonly parameters: readonly Parameter[];
  /** Output name of each parameter's gradient; undefined where it is zero because no gradient reaches it. */
  readonly grads: ReadonlyMap<string, string | undefined>;
  readonly logScales: ReadonlyMap<string, string>;
  /** Graph input that takes labels or target. */
  readonly labelsInput?: string;
  /** Number of classes that labels may name (cross-entropy). */
  readonly classes?: number;
  readonly warnings: readonly string[];
}

/**
 * Appends the loss to a bound network and differentiates it by every parameter. Errors: `loss/kind`, `loss/shape`,
 * `autodiff/not-differentiable`.
 */
export function gradient(bound: Bound, request: NetworkGradientRequest): NetworkGradient {
  const warnings: string[] = [];
  const b = newBuilder(bound.graph);
  const fileName = request.loss.kind === "output" ? request.loss.name : (request.output ?? bound.model.graph.outputs[0]);
  const output = fileName === undefined ? undefined : bound.valueOf(fileName);
  if (output === undefined)
    throw new IsogradError("loss/kind", `the network has no output "${fileName ?? ""}"`, {
      at: [bound.model.name],
      expected: bound.model.graph.outputs.join(", "),
    });
  const type = b.type(output);
  if (!isFloat(type.dtype))
    throw new IsogradError("loss/shape", `the output "${fileName}" is not a float`, {
      at: [bound.model.name],
      received: formatType(type),
      fix: "choose another with --output",
    });

  b.origin = { node: "loss", op: "Loss", role: "loss" };
  let labelsInput: string | undefined;
  let classes: number | undefined;
  const labels = (what: string, dtype: ValueType["dtype"]): string => {
    if (!request.labels)
      throw new IsogradError("batch/missing", `the loss needs ${what}`, { fix: `put "${what}" into the batch, or choose --loss sum` });
    labelsInput = b.input(b.fresh(what), { dtype, shape: request.labels.shape });
    return labelsInput;
  };
  let loss: string;
  switch (request.loss.kind) {
    case "output":
      loss = output;
      break;
    case "sum":
      loss = sumOf(b, output);
      break;
    case "mse":
      loss = meanSquaredError(b, output, labels("target", type.dtype));
      break;
    case "cross-entropy": {
      const maker = bound.graph.nodes.find((n) => n.outputs.includes(output))?.op;
      if (maker === "Softmax" || maker === "LogSoftmax") {
        warnings.push(
          `the output "${fileName}" comes from ${maker}; cross-entropy takes it as logits, literally as asked: give the value before it with --output if it is not meant so`,
        );
      }
      loss = crossEntropy(b, output, labels("labels", "int64"));
      classes = type.shape[classAxis(type.shape, request.labels!.shape)]!;
    }
  }
  b.origin = undefined;

  const parameters = parametersOf(bound, output);
  const wrt = parameters.filter((p) => p.reaches).map((p) => p.name);
  const result = gradientGraph(b.build(bound.graph.name), { loss, wrt, ...(request.rescaleAt ? { rescaleAt: request.rescaleAt } : {}) });
  const grads = new Map(parameters.map((p) => [p.name, result.grads.get(p.name)]));
  const dead = [...grads].filter(([, g]) => g === undefined).map(([name]) => name);
  if (dead.length > 0)
    warnings.push(
      `no gradient reaches ${dead.length} of ${parameters.length} parameters (zeros are written): ${dead.slice(0, 5).join(", ")}${dead.length > 5 ? ", …" : ""}`,
    );
  return {
    graph: result.graph,
    loss: result.loss,
    parameters,
    grads,
    logScales: result.logScales,
    warnings,
    ...(labelsInput === undefined ? {} : { labelsInput }),
    ...(classes === undefined ? {} : { classes }),
  };
}

/** Type of a tensor, for requests. */
export const typeOf = (t: Tensor): ValueType => ({ dtype: t.dtype, shape: t.shape });
