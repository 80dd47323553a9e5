import { architecture } from "../architecture.js";
import type { Architecture } from "../architecture.js";
import * as field from "../fields.js";
import { head } from "../layers/head.js";
import { sequence, tokensOf } from "../layers/sequence.js";
import type { Activation } from "../layers/activation.js";
import type { Init } from "../init/scheme.js";
import { IsogradError } from "../../util/errors.js";
import type { Norm } from "../layers/norm.js";

const fields = {
  depth: field.depth(10, "L, the number of hidden layers"),
  width: field.width(64),
  input: field.features(),
  classes: field.classes(),
  activation: field.activation(),
  norm: field.normOfFeatures(),
  groups: field.groups(),
  layer: field.order("weight-norm-act", "order within a layer: also weight-act-norm, norm-act-weight, act-norm-weight, …"),
  bias: field.bias(),
  rebalance: field.optionalFactor(
    "c: multiplies the weights in the first half of the layers, and divides those in the second half; a ReLU network keeps its function, but not its gradients in between",
  ),
};

/** Describes plain multilayer perceptrons: L layers in one order, then a linear layer to the classes. */
export const mlp: Architecture = architecture({
  name: "mlp",
  summary: "Plain multilayer perceptron: L layers of weights, norm and activation, without skips.",
  fields,
  build: (net, s) => {
    let x = net.input("input", [s.input ?? s.width]);
    const rebalance = s.rebalance ?? 1;
    if (rebalance !== 1) refuseUnlessHomogeneous(s, net.init);
    const half = Math.floor(s.depth / 2);
    const scaleOf = (l: number): number => (l <= half ? rebalance : l > s.depth - half ? 1 / rebalance : 1);
    for (let l = 1; l <= s.depth; l++) {
      const scale = scaleOf(l);
      const layerOptions = { ...s, weight: () => ({ out: s.width, ...(scale === 1 ? {} : { scale }) }) };
      x = net.within(`layer${l}`, () => sequence(net, x, tokensOf(s.layer), layerOptions));
    }
    return head(net, x, s.classes);
  },
});

/**
 * Refuses settings under which factors on weights change the function: they pass only through φ with φ(c·x) = c·φ(x) for c > 0,
 * not through biases or norms.
 */
function refuseUnlessHomogeneous({ activation, norm }: { readonly activation: Activation; readonly norm: Norm }, init: Init): void {
  const name = typeof activation === "string" ? activation : activation.name;
  const wrong = !["relu", "identity", "leaky"].includes(name)
    ? `activation ${name}`
    : norm !== "none"
      ? `norm ${norm}`
      : init.biasVariance > 0
        ? "biases that are not 0"
        : undefined;
  if (wrong === undefined) return;
  throw new IsogradError("spec/invalid", `"rebalance" would change the function of a network with ${wrong}`, {
    at: ["mlp"],
    expected: "relu, identity or leaky, no norm, biases of 0",
  });
}
