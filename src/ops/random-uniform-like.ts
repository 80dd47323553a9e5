import { floats } from "./shared/examples.js";
import { uniformNoise } from "./shared/random.js";
import { fixed, one } from "./op.js";
import type { Op } from "./op.js";

/** output = draws, uniform in [low, high), of the shape of input; without a seed of masks everywhere (low + high)/2. */
export const RandomUniformLike: Op<"input", "output"> = {
  name: "RandomUniformLike",
  since: [1, 22],
  traits: { random: "uniform" },
  inputs: { input: fixed },
  outputs: { output: one },
  attrs: {
    dtype: { kind: "dtype" },
    low: { kind: "float", default: 0 },
    high: { kind: "float", default: 1 },
    seed: { kind: "float" },
  },
  decompose: (c) => {
    const { dtype, shape } = c.b.type(c.x.input);
    return [uniformNoise(c, { dtype: c.attrs.optionalDtype("dtype") ?? dtype, shape })];
  },
  examples: [
    { name: "default", inputs: [floats([2, 3])], withoutRuntime: "the runtime draws" },
    {
      name: "another type",
      inputs: [{ dtype: "int64", shape: [2], values: [3, 4] }],
      attrs: { dtype: "float64", low: -1, high: 4 },
      withoutRuntime: "the runtime draws",
    },
  ],
};
