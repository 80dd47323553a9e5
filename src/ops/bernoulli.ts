import { isFloat } from "../graph/tensor.js";
import { floats } from "./shared/examples.js";
import { draws } from "./shared/random.js";
import { stepUniforms } from "./shared/step-draws.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/**
 * output = 1 with probability input, else 0: a mask keyed by the seed of masks and the node's name, with derivative 0. Without
 * a seed it is its mean, the input itself, so that a mask divided by its probability is 1; as an integer, the likelier value.
 */
export const Bernoulli: Op<"input", "output"> = {
  name: "Bernoulli",
  since: [15, 22],
  traits: { random: "outcomes" },
  inputs: { input: one },
  outputs: { output: one },
  attrs: { dtype: { kind: "dtype" }, seed: { kind: "float" } },
  decompose: (c) => {
    const { b, x } = c;
    const to = c.attrs.optionalDtype("dtype") ?? b.dtype(x.input);
    if (c.dropoutSeed !== undefined)
      return [
        b.cast(
          b.less(
            draws(
              c,
              b.type(x.input),
              (random, i) => random.uniform(i),
              () => stepUniforms(c, b.shape(x.input)),
            ),
            x.input,
          ),
          to,
        ),
      ];
    return [isFloat(to) ? b.cast(x.input, to) : b.cast(b.op("GreaterOrEqual", [x.input, b.scalar(0.5, x.input)]), to)];
  },
  examples: [
    { name: "without a seed", inputs: [floats([2, 3], { low: 0.1, high: 0.9 })], withoutRuntime: "the runtime draws" },
    { name: "integers", inputs: [floats([4], { values: [0, 0.2, 0.7, 1] })], attrs: { dtype: "int64" }, withoutRuntime: "the runtime draws" },
  ],
};
