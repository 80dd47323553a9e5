import { architecture } from "../architecture.js";
import type { Architecture } from "../architecture.js";
import * as field from "../fields.js";
import { linear } from "../layers/affine.js";
import { head } from "../layers/head.js";
import { sequence } from "../layers/sequence.js";
import type { Net } from "../net.js";

/** How a layer joins several values: by concatenation, as their sum, or as their mean. */
export const JOINS = ["concat", "add", "mean"] as const;
export type Join = (typeof JOINS)[number];

const fields = {
  depth: field.depth(10, "L, the number of hidden layers"),
  width: field.width(64),
  input: field.features(),
  classes: field.classes(),
  activation: field.activation(),
  skips: field.integer(1, "number of earlier values that each layer takes beside the last one (the first layers take all there are)"),
  join: field.choice(JOINS, "concat", "how it joins them: by concatenation (as DenseNet does), as their sum, or as their mean"),
  bias: field.bias(),
};

/** Describes perceptrons whose layers take several values: x_l = φ(W_l·join(x_{l−1−s}, …, x_{l−1})). */
export const joinedMlp: Architecture = architecture({
  name: "joined-mlp",
  summary:
    "Perceptron whose layers take several values, joined: x_l = φ(W_l·join(x_{l−1−s}, …, x_{l−1})); Huang et al. 2017 (DenseNet) for concatenation.",
  fields,
  build: (net, s) => {
    const x = net.input("input", [s.input ?? s.width]);
    const values = [s.input === undefined || s.input === s.width ? x : net.within("stem", () => linear(net, x, s.width))];
    const layerOptions = { activation: s.activation, norm: "none", bias: s.bias, weight: () => ({ out: s.width }) } as const;
    for (let l = 1; l <= s.depth; l++) {
      const taken = values.slice(-s.skips - 1);
      values.push(net.within(`layer${l}`, () => sequence(net, joined(net, taken, s.join), ["weight", "act"], layerOptions)));
    }
    return head(net, values[values.length - 1]!, s.classes);
  },
});

function joined({ b }: Net, values: readonly string[], join: Join): string {
  if (values.length === 1) return values[0]!;
  if (join === "concat") return b.concat(values, 1);
  return b.op(join === "mean" ? "Mean" : "Sum", values);
}
