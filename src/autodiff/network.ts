import type { Graph } from "../graph/graph.js";
import { newBuilder } from "../ops/registry.js";
import type { Bound } from "../passes/bind.js";
import { parametersOf } from "../passes/parameters.js";
import type { Parameter } from "../passes/parameters.js";
import { requireParameters } from "../passes/set-aside.js";
import type { Trained } from "../passes/set-aside.js";
import { gradientGraph } from "./gradient.js";
import { appendLoss, appendLossOnLogits } from "./loss.js";
import type { LossRequest } from "./loss.js";

export type { LossSpec } from "./loss.js";

/** Says how a bound network is differentiated. */
export interface NetworkGradientRequest extends LossRequest, Trained {
  /** Indices of nodes of the bound graph at which the backward pass is rescaled. */
  readonly rescaleAt?: ReadonlySet<number>;
  /** Whether a loss on probabilities is computed from the logits before them (default: literally, as it is asked for). */
  readonly onLogits?: boolean;
  /** Values of the bound graph that stay outputs, besides the loss and the gradients. */
  readonly keep?: readonly string[];
}

/** The graph of a network with its loss and the gradient of every parameter. */
export interface NetworkGradient {
  readonly graph: Graph;
  /** Output name of the loss. */
  readonly loss: string;
  /** The value that the loss is computed from, by its name in the bound graph. */
  readonly from: string;
  readonly parameters: readonly Parameter[];
  /** Output name of each parameter's gradient, by parameter; undefined where it is zero because no gradient reaches the parameter. */
  readonly grads: ReadonlyMap<string, string | undefined>;
  /** Output name of the logarithm (natural) of each gradient's scale, when rescaled. */
  readonly logScales: ReadonlyMap<string, string>;
  /** Name of the graph input for the labels or the target. */
  readonly labelsInput?: string;
  /** Number of classes (cross-entropy): labels are below it. */
  readonly classes?: number;
  readonly warnings: readonly string[];
  /** Names of the parameters that are not differentiated by, as asked for. */
  readonly frozen: readonly string[];
}

/**
 * Appends the loss to a bound network, and differentiates it by every parameter. Errors: `loss/kind`, `loss/shape`,
 * `batch/missing`, `autodiff/not-differentiable`.
 */
export function gradient(bound: Bound, request: NetworkGradientRequest): NetworkGradient {
  const b = newBuilder(bound.graph);
  const end = (request.onLogits === true ? appendLossOnLogits : appendLoss)(b, bound, request);
  const warnings = [...end.warnings];
  const all = parametersOf(bound, end.from);
  requireParameters(all, request);
  const frozen = all.flatMap((p) => (request.frozen?.includes(p.name) === true ? [p.name] : []));
  const parameters = all.filter((p) => !frozen.includes(p.name));
  const wrt = parameters.filter((p) => p.reaches).map((p) => p.name);
  const result = gradientGraph(b.build(bound.graph.name), {
    loss: end.loss,
    wrt,
    ...(request.rescaleAt ? { rescaleAt: request.rescaleAt } : {}),
    ...(request.keep ? { keep: request.keep } : {}),
  });
  const grads = new Map(parameters.map((p) => [p.name, result.grads.get(p.name)]));
  const dead = [...grads].filter(([, g]) => g === undefined).map(([name]) => name);
  if (dead.length > 0)
    warnings.push(
      `no gradient reaches ${dead.length} of ${parameters.length} parameters (zeros are written): ${dead.slice(0, 5).join(", ")}${dead.length > 5 ? ", …" : ""}`,
    );
  return {
    graph: result.graph,
    loss: result.loss,
    from: end.from,
    parameters,
    grads,
    logScales: result.logScales,
    warnings,
    frozen,
    ...(end.labelsInput === undefined ? {} : { labelsInput: end.labelsInput }),
    ...(end.classes === undefined ? {} : { classes: end.classes }),
  };
}
