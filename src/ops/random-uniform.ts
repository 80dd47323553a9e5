import { uniformNoise } from "./shared/random.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = draws, uniform in [low, high), of the given shape; without a seed of masks everywhere (low + high)/2. */
export const RandomUniform: Op<never, "output"> = {
  name: "RandomUniform",
  since: [1, 22],
  traits: { random: "uniform" },
  inputs: {},
  outputs: { output: one },
  attrs: {
    dtype: { kind: "dtype", default: "float32" },
    low: { kind: "float", default: 0 },
    high: { kind: "float", default: 1 },
    seed: { kind: "float" },
    shape: { kind: "ints", required: true },
  },
  decompose: (c) => [uniformNoise(c, { dtype: c.attrs.dtype("dtype"), shape: c.attrs.ints("shape") })],
  examples: [
    { name: "default", inputs: [], attrs: { shape: [2, 3] }, withoutRuntime: "the runtime draws" },
    { name: "parameters", inputs: [], attrs: { shape: [3], low: -1, high: 4 }, withoutRuntime: "the runtime draws" },
  ],
};
