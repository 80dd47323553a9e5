import { gradientGraph, hvpGraph } from "../autodiff/gradient.js";
import { formatShape, tensor } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { newBuilder } from "../ops/registry.js";
import type { Bound } from "../passes/bind.js";
import { parametersOf } from "../passes/parameters.js";
import type { Runtime, Values } from "../runtime/runtime.js";
import { IsogradError } from "../util/errors.js";
import { dot, lanczos, addScaled, randomStart } from "./curvature.js";
import type { ParameterVector } from "./curvature.js";
import { openGraph } from "../runtime/open-graph.js";

/** Measures of the smoothness of a loss as a function of the parameters. */
export interface LossSmoothness {
  /** Mean cross-entropy. */
  readonly loss: number;
  /** λmax of the Hessian over all parameters; NaN where it is not finite. */
  readonly curvature: number;
  /** ‖∇L(w + s) − ∇L(w)‖/‖s‖ for a step s along the gradient, a local Lipschitz constant of the gradient. */
  readonly lipschitz: number;
  /** ‖∇L‖. */
  readonly gradient: number;
}

/** The cross-entropy of scaled logits, prepared for differentiation by all parameters. */
export interface LossSurface {
  /** Measures at given inputs and weights. `scale` multiplies the logits; `labels` are one-hot [N, K]; `step` is ‖s‖/‖w‖; `seed` is of Lanczos' start vector. */
  measure(at: {
    readonly inputs: Values;
    readonly weights: Values;
    readonly scale: number;
    readonly labels: Tensor;
    readonly step: number;
    readonly seed: number;
  }): Promise<LossSmoothness>;
  dispose(): Promise<void>;
}

/**
 * Prepares the loss mean_n(−Σ_k y_k·ln softmax(c·z)_k) as a function of the parameters; the factor c is chosen by the caller, so that networks of any scale
 * can be compared at one loss. Gradient and Hessian–vector products are exact. Errors: `spec/invalid` where the output is not [N, K], `memory/limit`,
 * `runtime/…`.
 */
export async function lossSurface(
  bound: Bound,
  output: string,
  tools: { readonly runtime: Runtime; readonly memoryLimit: number },
): Promise<LossSurface> {
  const type = bound.graph.types.get(output)!;
  if (type.shape.length !== 2)
    throw new IsogradError("spec/invalid", "the output is no row of logits for every example", {
      at: [bound.graph.name, output],
      expected: "[N, K]",
      received: formatShape(type.shape),
      fix: "give the network classes",
    });
  const b = newBuilder(bound.graph);
  const [scale, labels] = [b.input(b.fresh("scale"), { ...type, shape: [] }), b.input(b.fresh("labels"), type)];
  const each = b.neg(b.reduceSum(b.mul(labels, b.op("LogSoftmax", [b.mul(output, scale)], { axis: 1 })), [1], false));
  const loss = b.reduceMean(each, [0], false);
  const graph = b.build(bound.graph.name);
  const parameters = parametersOf(bound, output).filter((p) => p.reaches);
  const wrt = parameters.map((p) => p.name);
  const [first, second] = [gradientGraph(graph, { loss, wrt }), hvpGraph(graph, { loss, wrt })];
  const [gradients, products] = [await openGraph(first.graph, tools), await openGraph(second.graph, tools)];
  return {
    measure: async ({ inputs, weights, scale: c, labels: y, step, seed }) => {
      const feeds = new Map(inputs).set(scale, tensor(type.dtype, [], [c])).set(labels, y);
      const here = new Map(parameters.map((p) => [p.name, weights.get(p.name) ?? p.value]));
      const gradient = async (w: Values): Promise<{ readonly value: number; readonly g: ParameterVector }> => {
        const values = await gradients.run(feeds, new Map([...weights, ...w]));
        return {
          value: values.get(first.loss)!.data[0]!,
          g: new Map(wrt.map((name) => [name, values.get(first.grads.get(name) ?? "") ?? zero(here.get(name)!)])),
        };
      };
      const product = async (v: ParameterVector): Promise<ParameterVector> => {
        const given = new Map<string, Tensor>(feeds);
        for (const [name, input] of second.directions) given.set(input, v.get(name)!);
        const values = await products.run(given, weights);
        return new Map(wrt.map((name) => [name, values.get(second.hvps.get(name) ?? "") ?? zero(here.get(name)!)]));
      };
      const { value, g } = await gradient(here);
      const [size, length] = [Math.sqrt(dot(g, g)), step * Math.sqrt(dot(here, here))];
      const { g: after } = await gradient(addScaled(here, g, length / size));
      const change = addScaled(after, g, -1);
      return {
        loss: value,
        curvature: await lanczos(product, randomStart(second.graph, second.directions, seed)),
        lipschitz: Math.sqrt(dot(change, change)) / length,
        gradient: size,
      };
    },
    dispose: async () => {
      await gradients.dispose();
      await products.dispose();
    },
  };
}

const zero = (t: Tensor): Tensor => ({ ...t, data: new Float64Array(t.data.length) });
