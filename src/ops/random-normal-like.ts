import { floats } from "./shared/examples.js";
import { normalNoise } from "./shared/random.js";
import { fixed, one } from "./op.js";
import type { Op } from "./op.js";

/** output = draws from N(mean, scale²), of the shape of input; without a seed of masks everywhere mean. */
export const RandomNormalLike: Op<"input", "output"> = {
  name: "RandomNormalLike",
  since: [1, 22],
  traits: { random: "normal" },
  inputs: { input: fixed },
  outputs: { output: one },
  attrs: {
    dtype: { kind: "dtype" },
    mean: { kind: "float", default: 0 },
    scale: { kind: "float", default: 1 },
    seed: { kind: "float" },
  },
  decompose: (c) => {
    const { dtype, shape } = c.b.type(c.x.input);
    return [normalNoise(c, { dtype: c.attrs.optionalDtype("dtype") ?? dtype, shape })];
  },
  examples: [
    { name: "default", inputs: [floats([2, 3])], withoutRuntime: "the runtime draws" },
    {
      name: "another type",
      inputs: [{ dtype: "int64", shape: [2], values: [3, 4] }],
      attrs: { dtype: "float64", mean: 1.5, scale: 2 },
      withoutRuntime: "the runtime draws",
    },
  ],
};
