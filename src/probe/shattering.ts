import { appendVjp } from "../autodiff/vjp.js";
import type { Graph } from "../graph/graph.js";
import type { ValueType } from "../graph/tensor.js";
import { newBuilder, traitsOf } from "../ops/registry.js";
import { withoutRepeats } from "../passes/cse.js";
import { withoutDeadCode } from "../passes/order.js";
import { rewriteGraph } from "../passes/rewrite.js";
import { IsogradError } from "../util/errors.js";
import { collapse } from "./collapse.js";
import { floatInput } from "./differential.js";
import { fetcher } from "./measurement.js";
import type { Get, ProbeContext } from "./probe.js";

/** The masks of ReLUs: those of the examples' own activations, or masks drawn independently for every example and unit, open with probability ½. */
export type Masks = "own" | "independent";

/** The similarity of the input gradients of examples that all have the same cotangent at the output. */
export interface Shattering {
  /** Mean cosine of ∂⟨u, y⟩/∂x of two examples, the same u for all, −1 … 1; null where there is no gradient. */
  readonly gradients: number | null;
  /** Mean cosine of the examples themselves, at the input and at the output. */
  readonly inputs: number | null;
  readonly outputs: number | null;
}

/** A graph that measures the similarity of input gradients. */
export interface ShatteringGraph {
  readonly graph: Graph;
  /** Name of the input for u, for one example [1, …]. */
  readonly cotangentInput: string;
  /** Names and types of the inputs for masks of 0 and 1; none with the examples' own masks. */
  readonly masks: ReadonlyMap<string, ValueType>;
  read(get: Get): Shattering;
}

/**
 * Builds a graph with the backward pass of ⟨u, y⟩, the same u for every example, and the mean over pairs of the cosine g_i·g_j/(‖g_i‖‖g_j‖) of input gradients.
 * Where it falls to 0 with depth, gradients resemble white noise ("shattering", Balduzzi et al. 2017). At most 16 examples are compared. With `independent`
 * masks every Relu is replaced by a product with a mask input, forward and backward. Errors `spec/invalid`: no float input, or several; no Relu to replace; an
 * output without a row per example.
 */
export function shatteringGraph(bound: Graph, output: string, examples: number, masks: Masks): ShatteringGraph {
  const input = floatInput(bound);
  const open = new Map<string, ValueType>();
  const graph =
    masks === "own"
      ? bound
      : rewriteGraph(bound, (b, node) => {
          if (traitsOf(node).rectifies !== "flat") return undefined;
          const type = b.type(node.inputs[0]!);
          const mask = b.input(b.fresh("mask"), type);
          open.set(mask, type);
          return [b.mul(node.inputs[0]!, mask)];
        });
  if (masks === "independent" && open.size === 0)
    throw new IsogradError("spec/invalid", "the network has no ReLU whose masks could be drawn", {
      at: [bound.name],
      fix: 'choose the activation "relu"',
    });
  const b = newBuilder(graph);
  b.outputs.length = 0;
  const forward = [...b.nodes];
  const { dtype, shape } = b.type(output);
  if (shape[0] !== examples)
    throw new IsogradError("spec/invalid", "the output has no row for every example", { at: [bound.name], received: shape.join(" × ") });
  const cotangentInput = b.input(b.fresh("cotangent"), { dtype, shape: [1, ...shape.slice(1)] });
  const all = b.op("Expand", [cotangentInput, b.ints(shape)]);
  const g = appendVjp(b, { nodes: forward, seeds: new Map([[output, all]]), wrt: [input] }).get(input);
  const c: ProbeContext = { b, examples, fetch: fetcher(b) };
  const [gradients, inputs, outputs] = [g, input, output].map((v) => (v === undefined ? undefined : collapse(c, v)));
  return {
    graph: withoutDeadCode(withoutRepeats(b.build(bound.name))),
    cotangentInput,
    masks: open,
    read: (get) => ({
      gradients: gradients?.(get).cosine ?? null,
      inputs: inputs!(get).cosine,
      outputs: outputs!(get).cosine,
    }),
  };
}
