import { appendVjp } from "../autodiff/vjp.js";
import type { Graph } from "../graph/graph.js";
import { formatShape, isFloat, tensor } from "../graph/tensor.js";
import { newBuilder } from "../ops/registry.js";
import { withoutRepeats } from "../passes/cse.js";
import { withoutDeadCode } from "../passes/order.js";
import { verifyGraph } from "../passes/verify.js";
import { IsogradError } from "../util/errors.js";
import { mean } from "../math/statistics.js";
import { lnSum } from "../math/statistics.js";
import { lnSquares } from "./probe.js";
import type { Get, ProbeContext, Reader } from "./probe.js";

/** A graph with a loss of the logits z′ = scale·z + shift of a network, and its gradients at the logits, on the trunk and at the input, by example. */
export interface LossGraph {
  readonly graph: Graph;
  /** Names of the inputs: a scalar, [N, K], and [N, K] (one-hot labels, or the target). */
  readonly scale: string;
  readonly shift: string;
  readonly target: string;
  read(get: Get): LossReading;
}

/** The results of a run, one number for each example; the loss of the batch is the sum of the examples' losses. */
export interface LossReading {
  readonly losses: readonly number[];
  /** ln ‖∂loss/∂z′‖², ln ‖∂loss/∂x_L‖² (null where no trunk value was given) and ln ‖∂loss/∂x_0‖². */
  readonly lnLogits: readonly number[];
  readonly lnTrunk: readonly number[] | null;
  readonly lnInput: readonly number[];
}

/** The values of a network to which a loss is attached. */
export interface LossSite {
  readonly kind: "cross-entropy" | "mse";
  /** Logits z [N, K]. */
  readonly output: string;
  /** x_0. */
  readonly input: string;
  /** x_L, the values of a cut of the trunk. */
  readonly trunk: readonly string[];
  readonly examples: number;
}

/**
 * Appends the loss of every example, cross-entropy −Σ_k y_k·ln softmax(z′)_k or mean squared error 1/K·Σ_k(z′_k − t_k)², and differentiates their sum. Error
 * `spec/invalid` where the output is not [N, K], or does not depend on the input.
 */
export function lossGraph(graph: Graph, { kind, output, input, trunk, examples }: LossSite): LossGraph {
  const type = graph.types.get(output)!;
  if (type.shape.length !== 2 || type.shape[0] !== examples)
    throw new IsogradError("spec/invalid", "the output is no row of logits for every example", {
      at: [graph.name, output],
      expected: `[${examples}, K]`,
      received: formatShape(type.shape),
      fix: "give the network classes",
    });
  const b = newBuilder(graph);
  b.outputs.length = 0;
  const [scale, shift, target] = [
    b.input(b.fresh("scale"), { ...type, shape: [] }),
    b.input(b.fresh("shift"), type),
    b.input(b.fresh("target"), type),
  ];
  const logits = b.add(b.mul(output, scale), shift);
  const each =
    kind === "cross-entropy"
      ? b.neg(b.reduceSum(b.mul(target, b.op("LogSoftmax", [logits], { axis: 1 })), [1], false))
      : b.reduceMean(b.square(b.sub(logits, target)), [1], false);
  const total = b.reduceSum(each, [0], false);
  const seed = b.constant(tensor(type.dtype, [], [1]));
  const cut = trunk.filter((v) => isFloat(b.dtype(v)));
  const g = appendVjp(b, { nodes: [...b.nodes], seeds: new Map([[total, seed]]), wrt: [...new Set([logits, ...cut, input])] });
  const c: ProbeContext = {
    b,
    examples,
    fetch: (v) => {
      if (!b.outputs.includes(v)) b.outputs.push(v);
      return v;
    },
  };
  const squares = (value: string): Reader<readonly number[]> => {
    const cotangent = g.get(value);
    if (cotangent === undefined)
      throw new IsogradError("spec/invalid", `no gradient reaches "${value}"`, {
        at: [graph.name],
        fix: "choose a network whose output depends on its input",
      });
    return lnSquares(c, cotangent, true);
  };
  const losses = c.fetch(each);
  const [atLogits, atInput, atTrunk] = [squares(logits), squares(input), cut.map(squares)];
  const made = withoutDeadCode(withoutRepeats(b.build(graph.name)));
  verifyGraph(made);
  return {
    graph: made,
    scale,
    shift,
    target,
    read: (get) => {
      const parts = atTrunk.map((r) => r(get));
      return {
        losses: Array.from(get(losses).data),
        lnLogits: atLogits(get),
        lnTrunk: parts.length === 0 ? null : parts[0]!.map((_, e) => lnSum(parts.map((p) => p[e]!))),
        lnInput: atInput(get),
      };
    },
  };
}

/**
 * The squared gradient at the input ‖g_0‖² split into factors: natural logarithms of squares, means over the examples. Exactly lnInput = lnLogits +
 * lnJacobian + lnCovariance.
 */
export interface LossSplit {
  /** Mean loss. */
  readonly loss: number;
  /** ln mean ‖∂loss/∂x_0‖². */
  readonly lnInput: number;
  /** ln mean ‖δ‖², δ = ∂loss/∂z′. */
  readonly lnLogits: number;
  /** ln mean γ, γ = ‖Jᵀδ‖²/‖δ‖² the squared gain of the Jacobian J = ∂z′/∂x_0 for the example's own δ. */
  readonly lnJacobian: number;
  /** ln (1 + cov(‖δ‖², γ)/(mean ‖δ‖²·mean γ)); above 0 where examples with large logit gradients have large Jacobians. */
  readonly lnCovariance: number;
  /** Mean of ln (‖g_0‖²/‖g_L‖²), the growth from the end of the trunk to the input; null where no trunk value was given. */
  readonly lnGrowth: number | null;
  /** Smallest and largest over the examples of ‖δ‖/(1 − e^−loss) (cross-entropy) or ‖δ‖/√loss (mse); null where every loss is rounding. */
  readonly ratio: readonly [number, number] | null;
}

/** Losses below this are taken for rounding. */
const LEAST_LOSS = 1e-8;

/** Splits the squared gradient at the input into factors. For examples without gradient at the logits γ counts as 0. */
export function splitOf(kind: LossSite["kind"], { losses, lnLogits, lnTrunk, lnInput }: LossReading): LossSplit {
  const average = (ln: readonly number[]): number => lnSum(ln) - Math.log(ln.length);
  const gains = lnInput.map((v, e) => (lnLogits[e] === -Infinity ? -Infinity : v - lnLogits[e]!));
  const [atInput, atLogits, factor] = [average(lnInput), average(lnLogits), average(gains)];
  const ratios = losses.flatMap((l, e) =>
    l > LEAST_LOSS ? [Math.exp(0.5 * lnLogits[e]! - Math.log(kind === "mse" ? Math.sqrt(l) : -Math.expm1(-l)))] : [],
  );
  return {
    loss: mean(losses),
    lnInput: atInput,
    lnLogits: atLogits,
    lnJacobian: factor,
    lnCovariance: atInput - atLogits - factor,
    lnGrowth: lnTrunk && mean(lnInput.map((v, e) => v - lnTrunk[e]!)),
    ratio: ratios.length === 0 ? null : [Math.min(...ratios), Math.max(...ratios)],
  };
}
