import { lossOutput } from "../autodiff/loss.js";
import { gradient } from "../autodiff/network.js";
import type { NetworkGradientRequest } from "../autodiff/network.js";
import type { GraphBuilder } from "../graph/builder.js";
import type { Graph } from "../graph/graph.js";
import { tensor } from "../graph/tensor.js";
import { accuracy } from "../nn/accuracy.js";
import { newBuilder } from "../ops/registry.js";
import type { Bound } from "../passes/bind.js";
import { withoutRepeats } from "../passes/cse.js";
import { withoutDeadCode } from "../passes/order.js";
import type { Clipping, ClippingRule } from "./clipping-rule.js";
import type { Coefficients, Optimiser } from "./optimiser.js";
import type { Schedule } from "./schedule.js";
import { unitsOf } from "./units.js";
import { warmedUp } from "./warm-up.js";

/** How a step changes the parameters. */
export interface Rule {
  readonly optimiser: Optimiser;
  readonly coefficients: Coefficients;
  /** λ; it spares parameters of fewer than two dims: biases, and gains of norms. */
  readonly decay: number;
  readonly schedule: Schedule;
  /** Steps over which the rate rises from zero before the schedule begins. */
  readonly warmup: number;
  /** Steps of the whole run. */
  readonly steps: number;
  readonly clip?: { readonly rule: ClippingRule; readonly bound: number } | undefined;
}

/** A value that is carried from step to step besides the parameters: the running statistics of norms. */
export interface Carried {
  readonly name: string;
  /** The value that it has after the step. */
  readonly next: string;
}

/** What a step is made of. */
export interface StepRequest extends NetworkGradientRequest {
  readonly rule: Rule;
  readonly carried?: readonly Carried[];
}

/**
 * One step of training as one graph in standard ops. Its inputs are the network's, `labels` or `target`, `lr` (the base rate) and `step` (the number of steps
 * before this one, int64); its initializers hold the parameters under their names and the optimiser's slots as `slot/KIND/NAME`. Its outputs are `loss`,
 * `accuracy` where there are classes, `learning-rate` (the rate that the step had), `clip-share` with a rule of clipping, and the state after the step: `next/NAME`,
 * `next/slot/KIND/NAME`.
 */
export interface StepGraph {
  readonly graph: Graph;
  /** The output that each initializer of the state becomes. */
  readonly carry: ReadonlyMap<string, string>;
  /** Names of the outputs that are no state, by what they are: `loss`, `accuracy`, `learning-rate`, `clip-share`. */
  readonly outputs: ReadonlyMap<string, string>;
  /** Names of the graph's inputs for the rate and the number of the step. */
  readonly rate: string;
  readonly step: string;
  readonly labelsInput?: string;
  readonly classes?: number;
  /** Names of the parameters that are trained, in the order of the file. */
  readonly trained: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Builds one step of training: forward pass, loss, backward pass, clipping, and the optimiser's update. Errors: those of
 * {@link gradient}.
 */
export function stepGraph(bound: Bound, request: StepRequest): StepGraph {
  const { rule } = request;
  const output = lossOutput(bound, request.output);
  const made = gradient(bound, { ...request, keep: [output, ...(request.carried ?? []).map((c) => c.next)] });
  const b = newBuilder(made.graph);
  b.origin = undefined;
  b.outputs.length = 0;
  const outputs = new Map<string, string>();
  const give = (what: string, value: string): string => {
    const name = b.op("Identity", [value], {}, { outputs: [b.fresh(what)] });
    b.outputs.push(name);
    return name;
  };
  outputs.set("loss", made.loss);
  b.outputs.push(made.loss);
  if (made.classes !== undefined) outputs.set("accuracy", give("accuracy", accuracy(b, made.from, made.labelsInput!)));

  const trained = made.parameters.map((p) => p.name).filter((name) => made.grads.get(name) !== undefined);
  const dtype = b.dtype(made.loss);
  const rate = b.input(b.fresh("lr"), { dtype, shape: [] });
  const step = bound.stepInput ?? b.input(b.fresh("step"), { dtype: "int64", shape: [] });
  const before = b.cast(step, "float64");
  const factor = warmedUp(rule.schedule, { b, step: before, steps: rule.steps }, rule.warmup);
  const now = b.cast(b.mul(b.cast(rate, "float64"), factor), dtype);
  outputs.set("learning-rate", give("learning-rate", now));

  const gradients = new Map(trained.map((name) => [name, made.grads.get(name)!]));
  if (rule.clip) {
    const { gradients: bounded, share } = clipped(b, bound.graph, output, gradients, rule.clip);
    trained.forEach((name, i) => gradients.set(name, bounded[i]!));
    outputs.set("clip-share", give("clip-share", share));
  }

  const carry = new Map<string, string>();
  const count = b.shift(before, 1);
  for (const name of trained) {
    const slots = Object.fromEntries(
      rule.optimiser.slots.map((kind) => {
        const { dtype: own, shape } = b.type(name);
        const zeros = tensor(own, shape, new Float64Array(shape.reduce((n, d) => n * d, 1)));
        return [kind, b.initializer(b.fresh(`slot/${kind}/${name}`), zeros, false)];
      }),
    );
    const decayed = withDecay(b, name, gradients.get(name)!, now, rule);
    const updated = rule.optimiser.update({ b, ...decayed, slots, rate: now, count }, rule.coefficients);
    carry.set(name, give(`next/${name}`, updated.weight));
    for (const [kind, slot] of Object.entries(slots)) carry.set(slot, give(`next/${slot}`, updated.slots[kind]!));
  }
  for (const { name, next } of request.carried ?? []) carry.set(name, give(`next/${name}`, next));
  return {
    graph: withoutDeadCode(withoutRepeats(b.build(bound.graph.name))),
    carry,
    outputs,
    rate,
    step,
    trained,
    warnings: made.warnings,
    ...(made.labelsInput === undefined ? {} : { labelsInput: made.labelsInput }),
    ...(made.classes === undefined ? {} : { classes: made.classes }),
  };
}

/** Appends weight decay, where the parameter is not spared. */
function withDecay(
  b: GraphBuilder,
  name: string,
  gradient: string,
  rate: string,
  { decay, optimiser }: Rule,
): { readonly weight: string; readonly gradient: string } {
  if (decay === 0 || b.shape(name).length < 2) return { weight: name, gradient };
  if (optimiser.decay === "gradient") return { weight: name, gradient: b.add(gradient, b.scale(name, decay)) };
  return { weight: b.mul(name, b.sub(b.scalar(1, rate), b.scale(rate, decay))), gradient };
}

function clipped(
  b: GraphBuilder,
  graph: Graph,
  output: string,
  gradients: ReadonlyMap<string, string>,
  { rule, bound: limit }: NonNullable<Rule["clip"]>,
): Clipping {
  const units = unitsOf(graph, [...gradients.keys()], output);
  const parameters = [...gradients].map(([name, gradient]) => {
    const { axes, last } = units.get(name)!;
    return { name, weight: name, gradient, unitAxes: axes, last };
  });
  return rule.apply(b, parameters, limit);
}
