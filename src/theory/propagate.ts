import { producers } from "../graph/graph.js";
import { traitsOf } from "../ops/registry.js";
import type { Bound } from "../passes/bind.js";
import { activityOf } from "../structure/activity.js";
import type { Structure } from "../structure/types.js";
import { viewOf } from "../structure/view.js";
import { constantReader } from "./constants.js";
import { gatesOf, operandsOf } from "./gates.js";
import { functionReader, gateLaw, lawAfterUnknown, nodeLaw } from "./node-law.js";
import type { LawContext, NodeStep } from "./node-law.js";
import { profileOf } from "./predicted-profile.js";
import type { CutPrediction } from "./predicted-profile.js";
import { leaf } from "./signal.js";
import type { Signal } from "./signal.js";
import { momentsOfTensor } from "./weights.js";

/** A node for which no law is known, and the reason. */
export interface Break {
  readonly node: string;
  readonly op: string;
  readonly reason: string;
}

/** The predicted profile of a user's own graph. */
export interface Propagation {
  readonly cuts: readonly CutPrediction[];
  readonly breaks: readonly Break[];
  /** Σ over the products of 5/fan-in: the variance of ln G of one example over draws of the weights, for ReLU nets, to leading order. */
  readonly variance: number;
  readonly assumptions: readonly string[];
  readonly source: string;
}

/** Assumptions about the network's input. */
export interface PropagateOptions {
  /** Mean square of the input's features, and correlation of two examples (default 1 and 0: N(0, 1)). */
  readonly inputSquare?: number;
  readonly inputCorrelation?: number;
}

/**
 * Propagates mean-field moments through a bound graph op by op: mean square, mean and product of two examples forward, squared gains backward. The weights
 * count as drawn independently with mean 0 and the second moments of the file's. Elementwise functions are sampled from the ops' own evaluation. Where an op
 * has no law, the reason is listed in `breaks`, and the profile continues in a new segment.
 */
export function propagate(bound: Bound, structure: Structure, options: PropagateOptions = {}): Propagation {
  const { graph } = bound;
  const activity = activityOf(graph, structure.target);
  const view = viewOf(bound, activity);
  const makers = producers(graph);
  const { nodes, gates } = gatesOf(view, makers, graph);
  const active = (v: string): boolean => activity.active.has(v);
  const constant = constantReader(bound, active);
  let draws = 0;
  const context: LawContext = {
    graph,
    active,
    constant,
    pairs: nodes.some((n) => n.norm === "batch" || n.kind === "pool"),
    nextDraw: () => draws++,
    functionOf: functionReader(constant),
  };
  const values = new Map<string, Signal>();
  const breaks: Break[] = [];
  const { inputSquare = 1, inputCorrelation = 0 } = options;
  const begin = (name: string, square: number, pair: number, mean: number): void =>
    void values.set(name, { square, pair, mean, gaussian: true, roots: leaf(context.nextDraw()) });
  for (const source of activity.sources) {
    const maker = makers.get(source);
    // Rows of an embedding table: features distributed as in the table, rows independent.
    const table = maker && traitsOf(maker).lookup ? constant(maker.inputs[0]!) : undefined;
    const rows = table && momentsOfTensor(table);
    if (!maker) begin(source, inputSquare, inputSquare * inputCorrelation, 0);
    else if (rows) begin(source, rows.square, rows.mean ** 2, rows.mean);
    else breaks.push({ node: maker.name, op: maker.op, reason: "activations begin here with values of no known distribution" });
  }
  let variance = 0;
  const gains = nodes.map((n): NodeStep["gains"] => {
    const gate = gates.get(n);
    const operands = operandsOf(n, gate);
    const inputs = operands.map((v) => values.get(v)).filter((v) => v !== undefined);
    // The moments after a norm are known even where those before it are not.
    const step = inputs.length < operands.length ? lawAfterUnknown(n, context) : gate ? gateLaw(inputs) : nodeLaw(n, inputs, context);
    if (step === undefined || typeof step === "string") {
      if (step !== undefined) breaks.push({ node: n.nodes[n.nodes.length - 1]!.name, op: n.op, reason: step });
      return operands.map(() => undefined);
    }
    for (const o of n.outputs) values.set(o, step.value);
    variance += step.variance ?? 0;
    return step.gains;
  });
  return {
    cuts: profileOf(structure, nodes, gates, gains, values),
    breaks,
    variance,
    assumptions: [
      "weights independent, centred, with the second moments that the file's have; width → ∞",
      "the gradient at the output is independent of the forward pass",
      `inputs are Gaussian with mean square ${inputSquare}, two examples correlated ${inputCorrelation}; positions of a map are as alike as examples`,
      ...(gates.size > 0
        ? ["gated layers: the gradient's share along equal features, which at a given width overtakes with depth, is not followed"]
        : []),
    ],
    source: "mean-field recursion, op by op (Poole et al. 2016; Schoenholz et al. 2017; Yang et al. 2019)",
  };
}
