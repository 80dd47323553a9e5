import { normalNoise } from "./shared/random.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = draws from N(mean, scale²), of the given shape; without a seed of masks everywhere mean. */
export const RandomNormal: Op<never, "output"> = {
  name: "RandomNormal",
  since: [1, 22],
  traits: { random: "normal" },
  inputs: {},
  outputs: { output: one },
  attrs: {
    dtype: { kind: "dtype", default: "float32" },
    mean: { kind: "float", default: 0 },
    scale: { kind: "float", default: 1 },
    seed: { kind: "float" },
    shape: { kind: "ints", required: true },
  },
  decompose: (c) => [normalNoise(c, { dtype: c.attrs.dtype("dtype"), shape: c.attrs.ints("shape") })],
  examples: [
    { name: "default", inputs: [], attrs: { shape: [2, 3] }, withoutRuntime: "the runtime draws" },
    { name: "parameters", inputs: [], attrs: { shape: [3], mean: 1.5, scale: 2 }, withoutRuntime: "the runtime draws" },
  ],
};
